#include <string.h>
#include "common/fault.h"
#include "booking.h"
#include "common/effect.h"
#include "op_payment.h"
#include "payment_step.h"

#define POINTS(op) "booking.payment." op ".before", "booking.payment." op ".lost", "booking.payment." op ".after"

static const struct refund_op {
    const char *name;
    unsigned required, optional; /* fields of its body */
    payment_store_fn store;
    const char *before, *lost, *after; /* fault points around the commit */
} refund_ops[] = {
    {"void_tickets", PF_REFUND | PF_ORDER | PF_TICKETS, PF_NOT_ENTERED, payment_store_void, POINTS("void_tickets")},
    {"unvoid_tickets", PF_REFUND, 0, payment_store_unvoid, POINTS("unvoid_tickets")},
    {"release", PF_REFUND | PF_ORDER | PF_REASON | PF_PAYMENT_STATUS | PF_AMOUNT, 0, payment_store_release,
     POINTS("release")},
    {"refund_settled", PF_ATTEMPT, 0, payment_store_settled, POINTS("refund_settled")},
};

struct refund_call {
    const struct refund_op *op;
    struct payment_input input;
    struct order_moved moved;
};

static void write_answer(struct strbuf *out, const struct refund_call *c, const struct payment_answer *answer) {
    struct json_out json = {.b = out};
    json_obj(&json, NULL);
    if (answer->status != ST_OK) {
        json_put_raw(&json, "entered", answer->tickets == NULL ? "[]" : answer->tickets);
    } else {
        payment_answer_write(&json, answer);
        if (c->input.refund_id == NULL) {
            json_put_text(&json, "verdict", answer->verdict);
        } else {
            json_put_text(&json, "refund_id", c->input.refund_id);
            json_put_raw(&json, "tickets", answer->tickets == NULL ? "[]" : answer->tickets);
        }
    }
    json_obj_end(&json);
}

static enum db_rc run(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    struct refund_call *c = arg;
    struct payment_answer answer = {.status = ST_INTERNAL};
    enum db_rc rc = c->op->store(w->db, req->arena, &c->input, &answer, &c->moved);
    if (rc != DB_OK) return rc;
    *st = answer.status;
    if (*st == ST_OK || *st == ST_INVALID_STATE) write_answer(out, c, &answer);
    fault_hit(c->op->before);
    if (fault_hit(c->op->lost)) db_drop(w->db);
    return DB_OK;
}

enum status op_refund(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct refund_call c = {.op = refund_ops};
    while (strcmp(c.op->name, req->op->name) != 0) c.op++; /* every op of this handler has its row */
    enum status st = payment_input_read(req, c.op->required, c.op->optional, &c.input, out);
    if (st != ST_OK) return st;
    st = effect_run(w, req, run, &c, out);
    if (st == ST_OK) {
        fault_hit(c.op->after);
        booking_pools_changed(w->state, c.moved.pools, c.moved.n_pools);
    }
    return st;
}

/* Staff changes an order. What has to do with money is done here, everything else is passed on to booking, whose order it is. */
#include <string.h>
#include "common/arena.h"
#include "common/body.h"
#include "common/effect.h"
#include "common/fault.h"
#include "give_back.h"
#include "op_refund.h"
#include "payment.h"
#include "saga.h"

#define WORD_MAX 50

static bool is_cancel(struct bus_req *req) {
    struct json_faults faults = {.n = 0};
    struct json_in in;
    if (json_open(&in, req->arena, &faults, req->head.body, req->head.body_len, false) != ST_OK) return false;
    const char *status = json_text(&in, "status", 1, WORD_MAX, JSON_OPTIONAL);
    return status != NULL && strcmp(status, "cancelled") == 0;
}

static void read_cancel(struct json_in *in, void *arg) {
    struct give_back *g = arg;
    json_text(in, "status", 1, WORD_MAX, JSON_REQUIRED); /* is_cancel() has seen it */
    give_back_read(in, g);
    g->waive_fee = json_bool(in, "waive_fee", JSON_OPTIONAL);
}

static enum status pass_on(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct bus_reply reply;
    booking_pass_on(w->state, req, "order.patch", &reply);
    strbuf_put(out, reply.body, reply.body_len);
    return reply.status;
}

/* Money came, is under way, or has nowhere to go. */
static bool is_ours(const struct give_back *g, const struct order_info *o) {
    static const char *const over[] = {"cancelled", "expired"};
    if (strcmp(o->status, "reserved") == 0) return false;
    for (size_t i = 0; i < sizeof over / sizeof *over; i++)
        if (strcmp(o->status, over[i]) == 0) return g->has_account;
    return true;
}

struct cancelling {
    int64_t id;
    struct give_back g;
};

/* Decided under the key: what a repeat is told does not depend on what became of the order since. */
static enum db_rc cancel(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    struct cancelling *c = arg;
    struct order_info o;
    c->g.begun = false;
    *st = booking_order(w->state, req->arena, NULL, c->id, &o);
    if (*st == ST_OK && !bus_in_scope(req, o.exhibition_code)) *st = ST_NOT_FOUND;
    if (*st != ST_OK) return DB_OK;
    if (!is_ours(&c->g, &o)) {
        *st = pass_on(w, req, out);
        return DB_OK;
    }
    if (!bus_may(req, "cancel")) {
        *st = ST_FORBIDDEN;
        return DB_OK;
    }
    c->g.order_number = o.order_number;
    return give_back(w, req, &c->g, st, out);
}

enum status op_order_patch(struct worker *w, struct bus_req *req, struct strbuf *out) {
    const struct payment *p = w->state;
    struct cancelling c = {.g = {.kind = "staff"}};
    bool repeated;
    if (!bus_param_id(req, INT64_MAX, &c.id)) return ST_NOT_FOUND;
    if (!is_cancel(req)) return pass_on(w, req, out);
    enum status st = body_read(req, false, read_cancel, &c.g, out);
    if (st != ST_OK) return st;
    st = effect_run_once(w, req, cancel, &c, out, &repeated);
    if (c.g.begun) {
        fault_hit("payment.cancel.stored");
        saga_nudge(p->engine);
    }
    return st;
}

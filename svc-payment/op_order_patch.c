/* Staff changes an order. What has to do with money is done here, everything else is passed on to booking, whose order it is. */
#include <string.h>
#include "common/body.h"
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

enum status op_order_patch(struct worker *w, struct bus_req *req, struct strbuf *out) {
    const struct payment *p = w->state;
    struct give_back g = {.kind = "staff"};
    if (!bus_param_id(req, INT64_MAX, &g.order_id)) return ST_NOT_FOUND;
    if (!is_cancel(req)) return booking_pass_on(w->state, req, "order.patch", out);
    enum status st = body_read(req, false, read_cancel, &g, out);
    if (st != ST_OK) return st;
    st = give_back(w, req, &g, out);
    if (g.begun) {
        fault_hit("payment.cancel.stored");
        saga_nudge(p->engine);
    }
    return st;
}

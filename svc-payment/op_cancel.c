#include "common/arena.h"
#include "common/body.h"
#include "common/fault.h"
#include "give_back.h"
#include "op_refund.h"
#include "payment.h"
#include "saga.h"

#define QUOTE_ID_MAX 100

static void read_cancel(struct json_in *in, void *arg) {
    struct give_back *g = arg;
    give_back_read(in, g);
    g->quote_id = json_text(in, "quote_id", 1, QUOTE_ID_MAX, JSON_OPTIONAL);
}

enum status op_cancel(struct worker *w, struct bus_req *req, struct strbuf *out) {
    const struct payment *p = w->state;
    struct give_back g = {.kind = "buyer", .order_number = bus_param(req, "order_number")};
    if (g.order_number == NULL) return ST_NOT_FOUND;
    enum status st = body_read(req, false, read_cancel, &g, out);
    if (st != ST_OK) return st;
    if (req->head.token != TOKEN_MANAGE) return ST_TOKEN_REQUIRED;
    st = give_back(w, req, &g, out);
    if (g.begun) {
        fault_hit("payment.cancel.stored");
        saga_nudge(p->engine);
    }
    return st;
}

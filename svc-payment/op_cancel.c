#include "common/arena.h"
#include "common/effect.h"
#include "common/fault.h"
#include "give_back.h"
#include "op_refund.h"
#include "payment.h"
#include "saga.h"

#define QUOTE_ID_MAX 100

static enum status read_cancel(struct bus_req *req, struct give_back *g, struct strbuf *out) {
    struct json_faults faults = {.n = 0};
    struct json_in in;
    enum status st = json_open(&in, req->arena, &faults, req->head.body, req->head.body_len, false);
    if (st == ST_OK) {
        give_back_read(&in, g);
        g->quote_id = json_text(&in, "quote_id", 1, QUOTE_ID_MAX, JSON_OPTIONAL);
        json_end(&in);
        st = faults.n == 0 ? ST_OK : ST_VALIDATION_FAILED;
    }
    if (st == ST_VALIDATION_FAILED) json_faults_write(&faults, req->head.lang, out);
    return st;
}

enum status op_cancel(struct worker *w, struct bus_req *req, struct strbuf *out) {
    const struct payment *p = w->state;
    struct give_back g = {.kind = "buyer", .order_number = bus_param(req, "order_number")};
    bool repeated;
    if (g.order_number == NULL) return ST_NOT_FOUND;
    enum status st = read_cancel(req, &g, out);
    if (st != ST_OK) return st;
    if (req->head.token != TOKEN_MANAGE) return ST_TOKEN_REQUIRED;
    st = effect_run_once(w, req, give_back, &g, out, &repeated);
    if (g.begun) {
        fault_hit("payment.cancel.stored");
        saga_nudge(p->engine);
    }
    return st;
}

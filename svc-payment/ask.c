#include "ask.h"
#include "common/arena.h"
#include "common/log.h"
#include "payment.h"

#define CALL_MS 4000
#define BODY_MAX 65536

void ask_begin(struct ask *ask, struct arena *a, const char *service, const char *op, const char *lane,
               const char *request_id) {
    *ask = (struct ask){
        .service = service, .op = op, .lane = lane, .request_id = request_id, .key = request_id, .wait_ms = CALL_MS};
    strbuf_init(&ask->body, a, BODY_MAX);
    ask->json.b = &ask->body;
    json_obj(&ask->json, NULL);
}

/* Whatever is not a word about what was asked is "later again", also what only a mistake of ours can cause. */
static enum status settle(const struct ask *ask, enum status st) {
    switch (st) {
    case ST_OK:
    case ST_NOT_FOUND:
    case ST_INVALID_STATE:
    case ST_ORDER_EXPIRED:
    case ST_AMOUNT_MISMATCH:
    case ST_IDEMPOTENCY_MISMATCH: return st;
    case ST_OUTCOME_UNKNOWN: return ST_OUTCOME_UNKNOWN;
    case ST_BUSY:
    case ST_DRAINING:
    case ST_EXPIRED_CALL: return ST_BUSY;
    default:
        log_error("a call is not understood", "service", ask->service, "op", ask->op, "status", status_code(st));
        return ST_BUSY;
    }
}

/* An answer that cannot be read is a mistake in one of the two services: nothing is concluded from it. */
static enum status hear(struct arena *a, const struct ask *ask, const struct bus_reply *reply, ask_reader read,
                        void *arg) {
    struct json_faults faults = {.n = 0};
    struct json_in in;
    enum status st = json_open(&in, a, &faults, reply->body, reply->body_len, false);
    if (st == ST_OK) read(&in, arg);
    if (st == ST_OK && faults.n == 0) return ST_OK;
    log_error("an answer is not understood", "service", ask->service, "op", ask->op, "field",
              faults.n > 0 ? faults.item[0].field : "");
    return ST_BUSY;
}

enum status ask_send(struct payment *p, struct arena *a, struct ask *ask, ask_reader read, void *arg) {
    struct bus_reply reply;
    json_obj_end(&ask->json);
    if (!strbuf_ok(&ask->body)) return ST_BUSY;
    struct bus_head head = bus_service_head(ask->op, ask->request_id, ask->body.data, ask->body.len, ask->wait_ms);
    head.idem_key = ask->key;
    bus_call(p->bus, ask->service, ask->lane, &head, a, &reply);
    enum status st = settle(ask, reply.status);
    return st == ST_OK && read != NULL ? hear(a, ask, &reply, read, arg) : st;
}

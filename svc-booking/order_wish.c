#include "order_wish.h"
#include "common/timeutil.h"
#include "booking.h"

#define ANSWER_MAX 2048

static void write_created(struct booking *b, const struct order_wish *wish, const struct order_outcome *o,
                          struct strbuf *out) {
    char token[ORDER_TOKEN_MAX];
    order_token_make(b->token_key, o->number, TOKEN_MANAGE, 1, token);
    struct json_out json = {.b = out};
    json_obj(&json, NULL);
    json_put_text(&json, "order_number", o->number);
    json_put_int(&json, "total_amount", o->total_amount);
    struct strbuf url;
    strbuf_init(&url, wish->req->arena, ANSWER_MAX / 2);
    strbuf_puts(&url, b->public_url);
    strbuf_putc(&url, '/');
    strbuf_puts(&url, wish->draft.exhibition_code);
    strbuf_puts(&url, "/payment/#o=");
    strbuf_puts(&url, o->number);
    strbuf_puts(&url, "&t=");
    strbuf_puts(&url, token);
    json_put_text(&json, "payment_url", url.data);
    json_put_text(&json, "status", "reserved");
    json_put_time(&json, "expires_at", o->expires_ms);
    json_put_text(&json, "order_token", token);
    json_obj_end(&json);
}

void order_wish_answer(struct booking *b, struct order_wish *wish, const struct order_outcome *o) {
    struct bus_req *req = wish->req;
    struct strbuf out;
    strbuf_init(&out, req->arena, ANSWER_MAX);
    if (o->status == ST_CREATED) {
        write_created(b, wish, o, &out);
    } else if (o->status == ST_VALIDATION_FAILED) {
        struct json_faults faults = {.n = 1, .item = {{o->field, o->fault}}};
        json_faults_write(&faults, req->head.lang, &out);
    }
    /* The order stands: should its answer not fit into memory, the client learns it by repeating the key. */
    enum status st = strbuf_ok(&out) ? o->status : ST_OUTCOME_UNKNOWN;
    bus_reply(req, st, out.data, strbuf_ok(&out) ? out.len : 0, 0);
}

void order_wish_refuse(struct order_wish *wish, enum status st, int retry_after) {
    bus_reply(wish->req, st, "", 0, retry_after);
}

#include "toss_request.h"

#include <string.h>

#include "common/arena.h"
#include "common/json.h"
#include "common/timeutil.h"
#include "toss_answer.h"

enum { BODY_MAX = 16 * 1024, URL_MAX = 2048, KEY_MAX = 200, SECOND_MS = 1000 };

/* ---- addresses ---- */
/* Payment keys come from browsers: escaped, a key stays one segment. */
const char *toss_path(struct arena *a, const char *base, const char *before, const char *key, const char *after) {
    size_t n = strnlen(key, KEY_MAX + 1);
    if (n == 0 || n > KEY_MAX || *key == '.') return NULL; /* "." and ".." would be steps of the path */
    struct strbuf b;
    strbuf_init(&b, a, URL_MAX);
    strbuf_puts(&b, base);
    strbuf_puts(&b, before);
    strbuf_segment(&b, key);
    strbuf_puts(&b, after);
    return strbuf_ok(&b) ? b.data : NULL;
}

/* yyyy-MM-ddTHH:mm:ss in Seoul. */
static void put_time(struct strbuf *b, int64_t ms) {
    char text[RFC3339_LEN + 1];
    time_rfc3339(ms, text);
    strbuf_printf(b, "%.19s", text);
}

/* Whole seconds around the span; the rows are looked at again. */
const char *toss_list_url(struct arena *a, const char *base, int64_t from_ms, int64_t to_ms, const char *after,
                          int limit) {
    struct strbuf b;
    strbuf_init(&b, a, URL_MAX);
    strbuf_printf(&b, "%s/v1/transactions?startDate=", base);
    put_time(&b, from_ms);
    strbuf_puts(&b, "&endDate=");
    put_time(&b, to_ms + SECOND_MS - 1);
    strbuf_printf(&b, "&limit=%d", limit);
    if (after != NULL) {
        strbuf_puts(&b, "&startingAfter=");
        strbuf_segment(&b, after);
    }
    return strbuf_ok(&b) ? b.data : NULL;
}

/* ---- bodies ---- */
static struct json_out start(struct strbuf *b, struct arena *a) {
    strbuf_init(b, a, BODY_MAX);
    struct json_out o = {.b = b};
    json_obj(&o, NULL);
    return o;
}

static const char *finish(struct json_out *o) {
    json_obj_end(o);
    return strbuf_ok(o->b) ? o->b->data : NULL;
}

static void put_if(struct json_out *o, const char *key, const char *text) {
    if (text != NULL) json_put_text(o, key, text);
}

const char *toss_open_body(struct arena *a, const struct payment_wish *w) {
    const char *method = toss_method(w->method);
    if (method == NULL) return NULL;
    struct strbuf b;
    struct json_out o = start(&b, a);
    json_put_text(&o, "method", method);
    json_put_int(&o, "amount", w->amount);
    json_put_text(&o, "currency", "KRW");
    json_put_text(&o, "orderId", w->attempt_id);
    json_put_text(&o, "orderName", w->order_name);
    put_if(&o, "customerName", w->customer_name);
    put_if(&o, "customerEmail", w->customer_email);
    json_put_text(&o, "successUrl", w->success_url);
    json_put_text(&o, "failUrl", w->fail_url);
    if (strcmp(w->method, "virtual_account") == 0) {
        json_obj(&o, "virtualAccount");
        json_put_int(&o, "validHours", w->deposit_hours);
        json_obj_end(&o);
    }
    return finish(&o);
}

const char *toss_confirm_body(struct arena *a, const char *payment_key, const char *attempt_id, int64_t amount) {
    struct strbuf b;
    struct json_out o = start(&b, a);
    json_put_text(&o, "paymentKey", payment_key);
    json_put_text(&o, "orderId", attempt_id);
    json_put_int(&o, "amount", amount);
    return finish(&o);
}

const char *toss_cancel_body(struct arena *a, const struct cancel_wish *w) {
    struct strbuf b;
    struct json_out o = start(&b, a);
    json_put_text(&o, "cancelReason", w->reason);
    if (w->amount > 0) json_put_int(&o, "cancelAmount", w->amount);
    if (w->balance > 0) json_put_int(&o, "refundableAmount", w->balance);
    if (w->account != NULL) { /* here the bank is "bank"; in answers it is "bankCode" */
        json_obj(&o, "refundReceiveAccount");
        json_put_text(&o, "bank", w->account->bank);
        json_put_text(&o, "accountNumber", w->account->number);
        json_put_text(&o, "holderName", w->account->holder);
        json_obj_end(&o);
    }
    return finish(&o);
}

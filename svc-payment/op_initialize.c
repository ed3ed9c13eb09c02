#include "op_initialize.h"
#include <string.h>
#include "answers.h"
#include "attempt.h"
#include "attempt_store.h"
#include "booking.h"
#include "common/arena.h"
#include "common/body.h"
#include "common/effect.h"
#include "common/fault.h"
#include "common/json.h"
#include "common/timeutil.h"
#include "config.h"
#include "payment.h"
#include "urls.h"
#include "waiters.h"

#define AMOUNT_MAX (INT64_C(1) << 53)
#define ANSWER_MAX 8192
#define TOLD_AGAIN_SECONDS 30 /* a second click; later the buyer may have left a window that cannot be used again */

static const char *const methods[] = {"card", "transfer", "virtual_account"};

struct initialize {
    const char *order_number, *customer_name, *method;
    int64_t amount;
    struct order_info order;
    const struct payment *payment;
};

/* ---- reading ---- */

static const char *read_method(struct json_in *in) {
    const char *method = json_text(in, "method", 1, 20, JSON_OPTIONAL);
    if (method == NULL) return methods[0];
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (strcmp(methods[i], method) == 0) return methods[i];
    json_bad(in, "method", BAD_FORMAT);
    return methods[0];
}

static void read_initialize(struct json_in *in, void *arg) {
    struct initialize *x = arg;
    x->order_number = json_text(in, "order_number", 1, 50, JSON_REQUIRED);
    x->amount = json_int(in, "amount", 0, AMOUNT_MAX, JSON_REQUIRED);
    x->customer_name = json_text(in, "customer_name", 1, 100, JSON_REQUIRED);
    x->method = read_method(in);
}

/* May this order be paid now? An order of 0 won that is paid may ask again. */
static enum status judge(const struct initialize *x) {
    const struct order_info *o = &x->order;
    if (o->total_amount != x->amount) return ST_AMOUNT_MISMATCH;
    if (strcmp(o->status, "expired") == 0) return ST_ORDER_EXPIRED;
    if (o->total_amount == 0 && strcmp(o->status, "paid") == 0) return ST_OK;
    if (strcmp(o->status, "reserved") != 0) return ST_INVALID_STATE;
    return o->expires_ms > time_now_ms() ? ST_OK : ST_ORDER_EXPIRED;
}

/* ---- answering ---- */

static void put_sdk(struct json_out *json, struct arena *a, const struct initialize *x, const struct attempt *at) {
    const struct payment_config *c = x->payment->config;
    json_obj(json, "sdk");
    json_put_text(json, "client_key", c->toss_client_key);
    json_put_text(json, "order_id", at->attempt_id);
    json_put_text(json, "order_name", x->order.order_name);
    json_put_int(json, "amount", at->amount);
    json_put_text(json, "method", at->method);
    json_put_text(json, "customer_name", x->customer_name);
    json_put_text(json, "success_url", url_success(a, c->public_url, &x->order));
    json_put_text(json, "fail_url", url_fail(a, c->public_url, &x->order));
    json_obj_end(json);
}

static void answer_window(const struct initialize *x, struct bus_req *req, const struct attempt *at) {
    const struct payment_config *c = x->payment->config;
    struct strbuf b;
    struct json_out json = {.b = &b};
    strbuf_init(&b, req->arena, ANSWER_MAX);
    json_obj(&json, NULL);
    json_put_text(&json, "payment_key", at->payment_key);
    if (at->amount == 0)
        json_put_text(&json, "checkout_url", url_success(req->arena, c->public_url, &x->order));
    else if (at->checkout_url != NULL)
        json_put_text(&json, "checkout_url", at->checkout_url);
    else
        json_put_text(&json, "checkout_url", url_payment(req->arena, c->public_url, &x->order));
    if (at->amount > 0 && at->payment_key == NULL) put_sdk(&json, req->arena, x, at);
    json_obj_end(&json);
    bus_reply(req, strbuf_ok(&b) ? ST_OK : ST_INTERNAL, b.data, strbuf_ok(&b) ? b.len : 0, 0);
}

static bool window_is_ready(const struct attempt *at) {
    return !attempt_is(at, "opening") && !(at->amount == 0 && attempt_is(at, "beginning"));
}

/* Not known in time: the order is as it was, and the same call finds the window or opens another. */
static void answer_opened(struct payment *p, struct bus_req *req, const struct attempt *at) {
    (void)p;
    if (at == NULL)
        bus_reply(req, ST_BUSY, NULL, 0, 1);
    else if (attempt_is(at, "failed"))
        answer_failed(req, at);
    else
        answer_window(req->mine, req, at);
}

static const struct waiter_kind waiting = {window_is_ready, answer_opened};

static enum status park(struct payment *p, struct bus_req *req, const struct initialize *x, const struct attempt *at,
                        bool ours) {
    int64_t now = time_now_ms();
    req->mine = (void *)(uintptr_t)x;
    if (!waiters_add(p->waiters, at->saga.id, &waiting, req, ours, now, now + bus_left_ms(req) - ANSWER_MS))
        return ST_BUSY;
    /* from here on the request may be gone */
    if (ours) saga_submit(p->engine, &at->saga);
    return ST_PARKED;
}

/* ---- the call ---- */

/* By whom the row is driven first: an order of 0 won goes straight to booking, a page's own window needs nobody. */
static const char *first_state(const struct payment *p, const struct initialize *x) {
    if (x->amount == 0) return "beginning";
    return p->config->open_in_browser ? "ready" : "opening";
}

static enum status start(struct worker *w, struct bus_req *req, const struct initialize *x) {
    struct payment *p = w->state;
    char id[ATTEMPT_ID_MAX + 1];
    struct attempt *at;
    if (x->amount == 0)
        attempt_free_id(x->order_number, id);
    else
        attempt_new_id(id);
    const struct new_attempt new = {
        .attempt_id = id,
        .order_number = x->order.order_number,
        .method = x->amount == 0 ? NULL : x->method,
        .state = first_state(p, x),
        .owner = p->owner,
        .exhibition_id = x->order.exhibition_id,
        .amount = x->amount,
        .lease_seconds = p->lease_seconds,
    };
    enum db_rc rc = attempt_store_new(w->db, req->arena, &new, &at);
    bool ours = rc == DB_OK && at != NULL;
    if (rc == DB_OK && at == NULL) rc = attempt_store_find(w->db, req->arena, id, &at); /* of 0 won, asked again */
    if (rc != DB_OK) return effect_status(rc);
    if (at == NULL) return ST_BUSY;
    fault_hit("payment.initialize.stored");
    if (ours && !window_is_ready(at)) return park(p, req, x, at, true);
    if (!ours && !window_is_ready(at)) return park(p, req, x, at, false);
    if (attempt_is(at, "failed"))
        answer_failed(req, at);
    else
        answer_window(x, req, at);
    return ST_PARKED;
}

static bool provider_is_up(const struct payment *p) {
    return p->config->open_in_browser || p->provider->healthy(p->provider->self);
}

enum status op_initialize(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct payment *p = w->state;
    struct attempt *at = NULL;
    struct initialize *x = arena_alloc(req->arena, sizeof *x);
    if (x == NULL) return ST_BUSY;
    x->payment = p;
    enum status st = body_read(req, false, read_initialize, x, out);
    if (st == ST_OK) st = booking_order(p, req->arena, x->order_number, 0, &x->order);
    if (st == ST_OK) st = judge(x);
    if (st != ST_OK) return st;
    if (x->amount > 0) {
        enum db_rc rc = attempt_store_window(w->db, req->arena, x->order_number, x->method, TOLD_AGAIN_SECONDS, &at);
        if (rc != DB_OK) return effect_status(rc);
    }
    if (at == NULL && x->amount > 0 && !provider_is_up(w->state))
        return ST_BUSY; /* no row for a window that cannot be opened */
    if (at == NULL) return start(w, req, x);
    if (!window_is_ready(at)) return park(p, req, x, at, false);
    answer_window(x, req, at);
    return ST_PARKED;
}

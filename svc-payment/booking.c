#include "booking.h"
#include <stdio.h>
#include <string.h>
#include "attempt.h"
#include "common/arena.h"
#include "common/json.h"
#include "common/log.h"
#include "common/timeutil.h"
#include "payment.h"
#include "refund.h"

#define CALL_MS 4000
#define HEALTH_MS 1000
#define BODY_MAX 65536
#define TICKETS_MAX 1000
#define POLICY_MAX 8192
#define NUMBER_MAX (INT64_C(1) << 53)

/* ---- the call ---- */

struct ask { /* a call being written */
    const char *op, *lane, *request_id, *key;
    int64_t wait_ms;
    struct strbuf body;
    struct json_out json;
};

static void ask_begin(struct ask *ask, struct arena *a, const char *op, const char *lane, const char *request_id) {
    *ask = (struct ask){.op = op, .lane = lane, .request_id = request_id, .key = request_id, .wait_ms = CALL_MS};
    strbuf_init(&ask->body, a, BODY_MAX);
    ask->json.b = &ask->body;
    json_obj(&ask->json, NULL);
}

/* Whatever is not a word of booking about the order is "later again", also what only a mistake of ours can cause. */
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
    default: log_error("booking does not understand a call", "op", ask->op, "status", status_code(st)); return ST_BUSY;
    }
}

static enum status ask_send(struct payment *p, struct arena *a, struct ask *ask, const char **answer, size_t *len) {
    struct bus_reply reply;
    json_obj_end(&ask->json);
    if (!strbuf_ok(&ask->body)) return ST_BUSY;
    const struct bus_head head = {
        .op = ask->op,
        .request_id = ask->request_id,
        .idem_key = ask->key,
        .path = "",
        .deadline_ms = time_now_ms() + ask->wait_ms,
        .role = ROLE_SERVICE,
        .scope = "",
        .client = "",
        .body = ask->body.data,
        .body_len = ask->body.len,
    };
    bus_call(p->bus, "booking", ask->lane, &head, a, &reply);
    if (answer != NULL) *answer = reply.body;
    if (len != NULL) *len = reply.body_len;
    return settle(ask, reply.status);
}

static int64_t read_time(struct json_in *in, const char *field) {
    int64_t ms = 0;
    const char *text = json_text(in, field, 1, 40, JSON_OPTIONAL);
    if (text != NULL && !time_parse_rfc3339(text, &ms)) json_bad(in, field, BAD_FORMAT);
    return ms;
}

/* ---- orders ---- */

static void read_ticket(struct json_in *in, struct ticket_row *t) {
    *t = (struct ticket_row){
        .id = json_int(in, "id", 1, NUMBER_MAX, JSON_REQUIRED),
        .product_id = json_int(in, "product_id", 1, NUMBER_MAX, JSON_REQUIRED),
        .price = json_int(in, "price", 0, NUMBER_MAX, JSON_REQUIRED),
        .product_name = json_text(in, "product_name", 0, 200, JSON_REQUIRED),
        .status = json_text(in, "status", 1, 20, JSON_REQUIRED),
    };
}

static void read_tickets(struct json_in *in, struct order_info *o) {
    o->n_tickets = json_array(in, "tickets", 0, TICKETS_MAX, JSON_REQUIRED);
    o->tickets = arena_alloc(in->arena, (o->n_tickets + 1) * sizeof *o->tickets);
    if (o->tickets == NULL) o->n_tickets = 0;
    for (size_t i = 0; i < o->n_tickets; i++) {
        struct json_in item;
        if (json_item(in, "tickets", i, &item)) read_ticket(&item, &o->tickets[i]);
    }
}

static void read_order(struct json_in *in, struct order_info *o) {
    const char *day = json_text(in, "visit_day", 10, 10, JSON_REQUIRED);
    *o = (struct order_info){
        .order_id = json_int(in, "order_id", 1, NUMBER_MAX, JSON_REQUIRED),
        .exhibition_id = json_int(in, "exhibition_id", 1, NUMBER_MAX, JSON_REQUIRED),
        .total_amount = json_int(in, "total_amount", 0, NUMBER_MAX, JSON_REQUIRED),
        .expires_ms = read_time(in, "expires_at"),
        .created_ms = read_time(in, "created_at"),
        .deposit_hours = json_int(in, "deposit_hours", 1, 720, JSON_REQUIRED),
        .order_number = json_text(in, "order_number", 1, 50, JSON_REQUIRED),
        .exhibition_code = json_text(in, "exhibition_code", 1, 50, JSON_REQUIRED),
        .status = json_text(in, "status", 1, 50, JSON_REQUIRED),
        .payment_status = json_text(in, "payment_status", 1, 50, JSON_REQUIRED),
        .order_name = json_text(in, "order_name", 0, 300, JSON_REQUIRED),
        .customer_name = json_text(in, "customer_name", 0, 100, JSON_OPTIONAL),
        .customer_phone = json_text(in, "customer_phone", 0, 30, JSON_OPTIONAL),
        .customer_email = json_text(in, "customer_email", 0, 200, JSON_OPTIONAL),
        .token_version = json_int(in, "token_version", 0, NUMBER_MAX, JSON_REQUIRED),
        .refund_policy = json_raw(in, "refund_policy", POLICY_MAX),
    };
    if (day != NULL && !date_parse(day, &o->visit_day)) json_bad(in, "visit_day", BAD_FORMAT);
    read_tickets(in, o);
}

/* An answer that cannot be read is a mistake in one of the two services: nothing is concluded from it. */
static enum status misread(const struct json_faults *faults, const char *op) {
    log_error("booking's answer is not understood", "op", op, "field", faults->n > 0 ? faults->item[0].field : "");
    return ST_BUSY;
}

enum status booking_order(struct payment *p, struct arena *a, const char *number, int64_t id, struct order_info *o) {
    struct ask ask;
    const char *answer;
    size_t len;
    ask_begin(&ask, a, "payment_order", "order", number == NULL ? "" : number);
    if (number != NULL)
        json_put_text(&ask.json, "order_number", number);
    else
        json_put_int(&ask.json, "order_id", id);
    enum status st = ask_send(p, a, &ask, &answer, &len);
    if (st != ST_OK) return st;
    struct json_faults faults = {.n = 0};
    struct json_in in;
    if (json_open(&in, a, &faults, answer, len, false) == ST_OK) read_order(&in, o);
    return faults.n == 0 ? ST_OK : misread(&faults, ask.op);
}

/* ---- attempts ---- */

static void ask_attempt(struct ask *ask, struct arena *a, const char *op, const struct attempt *at) {
    char id[FENCE_ID_MAX + 1];
    attempt_fence_id(at, id);
    ask_begin(ask, a, op, "attempt", at->attempt_id);
    json_put_text(&ask->json, "attempt_id", id);
}

static enum status hear_attempt(struct payment *p, struct arena *a, struct ask *ask, struct attempt_told *t) {
    const char *answer;
    size_t len;
    *t = (struct attempt_told){.verdict = NULL};
    enum status st = ask_send(p, a, ask, &answer, &len);
    if (st != ST_OK) return st;
    struct json_faults faults = {.n = 0};
    struct json_in in;
    if (json_open(&in, a, &faults, answer, len, false) == ST_OK) {
        t->status = json_text(&in, "status", 1, 50, JSON_REQUIRED);
        t->payment_status = json_text(&in, "payment_status", 1, 50, JSON_REQUIRED);
        t->verdict = json_text(&in, "verdict", 1, 20, JSON_OPTIONAL);
    }
    return faults.n == 0 ? ST_OK : misread(&faults, ask->op);
}

enum status booking_begin(struct payment *p, struct arena *a, const struct attempt *at, struct attempt_told *t) {
    struct ask ask;
    ask_attempt(&ask, a, "begin_payment", at);
    json_put_text(&ask.json, "order_number", at->order_number);
    json_put_int(&ask.json, "amount", at->amount);
    return hear_attempt(p, a, &ask, t);
}

static void put_payment(struct ask *ask, const struct attempt *at) {
    if (at->method != NULL) json_put_text(&ask->json, "payment_method", at->method);
    if (at->payment_key != NULL) json_put_text(&ask->json, "payment_key", at->payment_key);
}

enum status booking_mark_paid(struct payment *p, struct arena *a, const struct attempt *at, struct attempt_told *t) {
    struct ask ask;
    ask_attempt(&ask, a, "mark_paid", at);
    json_put_text(&ask.json, "order_number", at->order_number);
    json_put_int(&ask.json, "amount", at->amount);
    put_payment(&ask, at);
    return hear_attempt(p, a, &ask, t);
}

enum status booking_await_deposit(struct payment *p, struct arena *a, const struct attempt *at, const char *reverses,
                                  struct attempt_told *t) {
    struct ask ask;
    ask_attempt(&ask, a, "await_deposit", at);
    if (at->account_due_ms != 0) json_put_time(&ask.json, "due", at->account_due_ms);
    if (reverses != NULL) json_put_text(&ask.json, "reverses", reverses);
    put_payment(&ask, at);
    return hear_attempt(p, a, &ask, t);
}

enum status booking_payment_failed(struct payment *p, struct arena *a, const struct attempt *at,
                                   struct attempt_told *t) {
    struct ask ask;
    ask_attempt(&ask, a, "payment_failed", at);
    json_put_text(&ask.json, "reason", at->failure_code != NULL ? at->failure_code : "FAILED");
    if (at->cancelled) json_put_bool(&ask.json, "cancelled", true);
    return hear_attempt(p, a, &ask, t);
}

enum status booking_refund_settled(struct payment *p, struct arena *a, const struct attempt *at) {
    struct ask ask;
    ask_attempt(&ask, a, "refund_settled", at);
    ask.lane = "order";
    return ask_send(p, a, &ask, NULL, NULL);
}

/* ---- refunds ---- */

enum status booking_void(struct payment *p, struct arena *a, const struct refund *r, bool not_entered) {
    struct ask ask;
    ask_begin(&ask, a, "void_tickets", "order", r->refund_id);
    json_put_text(&ask.json, "refund_id", r->refund_id);
    json_put_text(&ask.json, "order_number", r->order_number);
    json_arr(&ask.json, "tickets");
    for (size_t i = 0; i < r->n_tickets; i++) json_put_int(&ask.json, NULL, r->tickets[i]);
    json_arr_end(&ask.json);
    if (not_entered) json_put_bool(&ask.json, "not_entered", true);
    return ask_send(p, a, &ask, NULL, NULL);
}

enum status booking_unvoid(struct payment *p, struct arena *a, const struct refund *r) {
    struct ask ask;
    ask_begin(&ask, a, "unvoid_tickets", "order", r->refund_id);
    json_put_text(&ask.json, "refund_id", r->refund_id);
    return ask_send(p, a, &ask, NULL, NULL);
}

enum status booking_release(struct payment *p, struct arena *a, const struct refund *r, bool whole) {
    struct ask ask;
    ask_begin(&ask, a, "release", "order", r->refund_id);
    json_put_text(&ask.json, "refund_id", r->refund_id);
    json_put_text(&ask.json, "order_number", r->order_number);
    json_put_text(&ask.json, "reason", *r->reason != '\0' ? r->reason : "refund");
    json_put_text(&ask.json, "payment_status", whole ? "refunded" : "partially_refunded");
    return ask_send(p, a, &ask, NULL, NULL);
}

/* ---- the rest ---- */

enum status booking_cancel_unpaid(struct payment *p, struct arena *a, const char *order_number, const char *reason,
                                  const char *key) {
    struct ask ask;
    ask_begin(&ask, a, "cancel_unpaid", "order", order_number);
    ask.key = key;
    json_put_text(&ask.json, "order_number", order_number);
    json_put_text(&ask.json, "reason", reason);
    return ask_send(p, a, &ask, NULL, NULL);
}

enum status booking_health(struct payment *p, bool up) {
    struct arena *a = arena_new(BODY_MAX);
    struct ask ask;
    if (a == NULL) return ST_BUSY;
    ask_begin(&ask, a, "payment_health", "order", "");
    ask.wait_ms = HEALTH_MS;
    json_put_bool(&ask.json, "up", up);
    enum status st = ask_send(p, a, &ask, NULL, NULL);
    arena_free(&a);
    return st;
}

enum status booking_list_paying(struct payment *p, struct arena *a, int64_t older_seconds, int64_t *after,
                                struct paying_order **orders, size_t *n) {
    struct ask ask;
    const char *answer;
    size_t len;
    *n = 0;
    ask_begin(&ask, a, "list_paying", "order", "");
    json_put_int(&ask.json, "older_than_seconds", older_seconds);
    if (*after > 0) json_put_int(&ask.json, "after", *after);
    enum status st = ask_send(p, a, &ask, &answer, &len);
    if (st != ST_OK) return st;
    struct json_faults faults = {.n = 0};
    struct json_in in, item;
    if (json_open(&in, a, &faults, answer, len, false) == ST_OK) {
        *after = json_int(&in, "next_after", 1, NUMBER_MAX, JSON_OPTIONAL);
        *n = json_array(&in, "orders", 0, TICKETS_MAX, JSON_REQUIRED);
        *orders = arena_alloc(a, (*n + 1) * sizeof **orders);
        for (size_t i = 0; i < *n && *orders != NULL; i++)
            if (json_item(&in, "orders", i, &item))
                (*orders)[i] = (struct paying_order){
                    .attempt_id = json_text(&item, "attempt_id", 1, FENCE_ID_MAX, JSON_REQUIRED),
                    .order_number = json_text(&item, "order_number", 1, 50, JSON_REQUIRED),
                    .amount = json_int(&item, "amount", 0, NUMBER_MAX, JSON_REQUIRED),
                };
        if (*orders == NULL) *n = 0;
    }
    return faults.n == 0 ? ST_OK : misread(&faults, ask.op);
}

void booking_pass_on(struct payment *p, struct bus_req *req, const char *op, struct bus_reply *reply) {
    struct bus_head head = req->head;
    head.op = op;
    bus_call(p->bus, "booking", "order", &head, req->arena, reply);
}

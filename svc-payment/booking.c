#include "booking.h"
#include <stdio.h>
#include <string.h>
#include "ask.h"
#include "attempt.h"
#include "common/arena.h"
#include "common/json.h"
#include "common/timeutil.h"
#include "payment.h"
#include "refund.h"

#define HEALTH_MS 1000
#define BODY_MAX 65536
#define TICKETS_MAX 1000
#define POLICY_MAX 8192

static void begin(struct ask *ask, struct arena *a, const char *op, const char *lane, const char *request_id) {
    ask_begin(ask, a, "booking", op, lane, request_id);
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
        .id = json_int(in, "id", 1, ASK_NUMBER_MAX, JSON_REQUIRED),
        .product_id = json_int(in, "product_id", 1, ASK_NUMBER_MAX, JSON_REQUIRED),
        .price = json_int(in, "price", 0, ASK_NUMBER_MAX, JSON_REQUIRED),
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

static void read_order(struct json_in *in, void *arg) {
    struct order_info *o = arg;
    const char *day = json_text(in, "visit_day", 10, 10, JSON_REQUIRED);
    *o = (struct order_info){
        .order_id = json_int(in, "order_id", 1, ASK_NUMBER_MAX, JSON_REQUIRED),
        .exhibition_id = json_int(in, "exhibition_id", 1, ASK_NUMBER_MAX, JSON_REQUIRED),
        .total_amount = json_int(in, "total_amount", 0, ASK_NUMBER_MAX, JSON_REQUIRED),
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
        .token_version = json_int(in, "token_version", 0, ASK_NUMBER_MAX, JSON_REQUIRED),
        .refund_policy = json_raw(in, "refund_policy", POLICY_MAX),
    };
    if (day != NULL && !date_parse(day, &o->visit_day)) json_bad(in, "visit_day", BAD_FORMAT);
    read_tickets(in, o);
}

enum status booking_order(struct payment *p, struct arena *a, const char *number, int64_t id, struct order_info *o) {
    struct ask ask;
    begin(&ask, a, "payment_order", "order", number == NULL ? "" : number);
    if (number != NULL)
        json_put_text(&ask.json, "order_number", number);
    else
        json_put_int(&ask.json, "order_id", id);
    return ask_send(p, a, &ask, read_order, o);
}

/* ---- attempts ---- */

static void ask_attempt(struct ask *ask, struct arena *a, const char *op, const struct attempt *at) {
    char id[FENCE_ID_MAX + 1];
    attempt_fence_id(at, id);
    begin(ask, a, op, "attempt", at->attempt_id);
    json_put_text(&ask->json, "attempt_id", id);
}

static void read_told(struct json_in *in, void *arg) {
    struct attempt_told *t = arg;
    *t = (struct attempt_told){
        .status = json_text(in, "status", 1, 50, JSON_REQUIRED),
        .payment_status = json_text(in, "payment_status", 1, 50, JSON_REQUIRED),
        .verdict = json_text(in, "verdict", 1, 20, JSON_OPTIONAL),
    };
}

enum status booking_begin(struct payment *p, struct arena *a, const struct attempt *at, struct attempt_told *t) {
    struct ask ask;
    ask_attempt(&ask, a, "begin_payment", at);
    json_put_text(&ask.json, "order_number", at->order_number);
    json_put_int(&ask.json, "amount", at->amount);
    return ask_send(p, a, &ask, read_told, t);
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
    return ask_send(p, a, &ask, read_told, t);
}

enum status booking_await_deposit(struct payment *p, struct arena *a, const struct attempt *at, const char *reverses,
                                  struct attempt_told *t) {
    struct ask ask;
    ask_attempt(&ask, a, "await_deposit", at);
    if (at->account_due_ms != 0) json_put_time(&ask.json, "due", at->account_due_ms);
    if (reverses != NULL) json_put_text(&ask.json, "reverses", reverses);
    put_payment(&ask, at);
    return ask_send(p, a, &ask, read_told, t);
}

enum status booking_payment_failed(struct payment *p, struct arena *a, const struct attempt *at,
                                   struct attempt_told *t) {
    struct ask ask;
    ask_attempt(&ask, a, "payment_failed", at);
    json_put_text(&ask.json, "reason", at->failure_code != NULL ? at->failure_code : "FAILED");
    if (at->cancelled) json_put_bool(&ask.json, "cancelled", true);
    return ask_send(p, a, &ask, read_told, t);
}

enum status booking_refund_settled(struct payment *p, struct arena *a, const struct attempt *at) {
    struct ask ask;
    ask_attempt(&ask, a, "refund_settled", at);
    ask.lane = "order";
    return ask_send(p, a, &ask, NULL, NULL);
}

/* ---- refunds ---- */

static void ask_refund(struct ask *ask, struct arena *a, const char *op, const struct refund *r) {
    begin(ask, a, op, "order", r->refund_id);
    json_put_text(&ask->json, "refund_id", r->refund_id);
}

enum status booking_void(struct payment *p, struct arena *a, const struct refund *r) {
    struct ask ask;
    ask_refund(&ask, a, "void_tickets", r);
    json_put_text(&ask.json, "order_number", r->order_number);
    json_put_ints(&ask.json, "tickets", r->tickets, r->n_tickets);
    if (r->n_tickets == 0) json_put_bool(&ask.json, "not_entered", true); /* then none is no mistake */
    return ask_send(p, a, &ask, NULL, NULL);
}

enum status booking_unvoid(struct payment *p, struct arena *a, const struct refund *r) {
    struct ask ask;
    ask_refund(&ask, a, "unvoid_tickets", r);
    return ask_send(p, a, &ask, NULL, NULL);
}

enum status booking_release(struct payment *p, struct arena *a, const struct refund *r, const struct attempt *at,
                            bool whole) {
    struct ask ask;
    ask_refund(&ask, a, "release", r);
    json_put_text(&ask.json, "order_number", r->order_number);
    json_put_text(&ask.json, "reason", *r->reason != '\0' ? r->reason : "refund");
    json_put_text(&ask.json, "payment_status", whole ? "refunded" : "partially_refunded");
    json_put_int(&ask.json, "amount", at->amount - at->balance);
    return ask_send(p, a, &ask, NULL, NULL);
}

/* ---- the rest ---- */

enum status booking_cancel_unpaid(struct payment *p, struct arena *a, const char *order_number, const char *reason,
                                  const char *key) {
    struct ask ask;
    begin(&ask, a, "cancel_unpaid", "order", order_number);
    ask.key = key;
    json_put_text(&ask.json, "order_number", order_number);
    json_put_text(&ask.json, "reason", reason);
    return ask_send(p, a, &ask, NULL, NULL);
}

enum status booking_health(struct payment *p, bool up) {
    struct arena *a = arena_new(BODY_MAX);
    struct ask ask;
    if (a == NULL) return ST_BUSY;
    begin(&ask, a, "payment_health", "order", "");
    ask.wait_ms = HEALTH_MS;
    json_put_bool(&ask.json, "up", up);
    enum status st = ask_send(p, a, &ask, NULL, NULL);
    arena_free(&a);
    return st;
}

struct paying_page {
    int64_t next;
    struct paying_order *orders; /* NULL: no memory */
    size_t n;
};

static void read_paying(struct json_in *in, void *arg) {
    struct paying_page *page = arg;
    struct json_in item;
    page->next = json_int(in, "next_after", 1, ASK_NUMBER_MAX, JSON_OPTIONAL);
    page->n = json_array(in, "orders", 0, TICKETS_MAX, JSON_REQUIRED);
    page->orders = arena_alloc(in->arena, (page->n + 1) * sizeof *page->orders);
    for (size_t i = 0; i < page->n && page->orders != NULL; i++)
        if (json_item(in, "orders", i, &item))
            page->orders[i] = (struct paying_order){
                .attempt_id = json_text(&item, "attempt_id", 1, FENCE_ID_MAX, JSON_REQUIRED),
                .order_number = json_text(&item, "order_number", 1, 50, JSON_REQUIRED),
                .amount = json_int(&item, "amount", 0, ASK_NUMBER_MAX, JSON_REQUIRED),
            };
}

enum status booking_list_paying(struct payment *p, struct arena *a, int64_t older_seconds, int64_t *after,
                                struct paying_order **orders, size_t *n) {
    struct ask ask;
    struct paying_page page;
    *n = 0;
    begin(&ask, a, "list_paying", "order", "");
    json_put_int(&ask.json, "older_than_seconds", older_seconds);
    if (*after > 0) json_put_int(&ask.json, "after", *after);
    enum status st = ask_send(p, a, &ask, read_paying, &page);
    if (st != ST_OK) return st;
    if (page.orders == NULL) return ST_BUSY;
    *after = page.next;
    *orders = page.orders;
    *n = page.n;
    return ST_OK;
}

enum status booking_pass_on(struct payment *p, struct bus_req *req, const char *op, struct strbuf *out) {
    struct bus_head head = req->head;
    struct bus_reply reply;
    head.op = op;
    bus_call(p->bus, "booking", "order", &head, req->arena, &reply);
    strbuf_put(out, reply.body, reply.body_len);
    return reply.status;
}

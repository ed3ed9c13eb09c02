/* booking - svc-payment's calls to svc-booking (design §3, "Payment attempts are fenced"). Answers as in ask.h;
 * every call may be repeated. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/bus.h"

struct arena;
struct payment;

struct ticket_row {
    int64_t id, product_id, price;
    const char *product_name, *status; /* valid suspended entered refunding void */
};
struct order_info { /* op payment_order */
    int64_t order_id, exhibition_id, total_amount, expires_ms, created_ms, deposit_hours;
    const char *order_number, *exhibition_code, *status, *payment_status, *order_name;
    const char *customer_name, *customer_phone, *customer_email; /* NULL: none */
    int64_t token_version;
    int32_t visit_day;         /* days since 1970-01-01, Asia/Seoul: what refund steps count from */
    const char *refund_policy; /* JSON array as stored with the order */
    struct ticket_row *tickets;
    size_t n_tickets;
};
/* By number, or by id when the number is NULL. */
enum status booking_order(struct payment *p, struct arena *a, const char *number, int64_t id, struct order_info *o);

struct attempt_told {                              /* answer of the attempt calls */
    const char *status, *payment_status, *verdict; /* verdict: NULL while open, "paid" "failed" "refund" */
};
struct attempt;
enum status booking_begin(struct payment *p, struct arena *a, const struct attempt *at, struct attempt_told *t);
enum status booking_mark_paid(struct payment *p, struct arena *a, const struct attempt *at, struct attempt_told *t);
/* reverses: NULL, or the fence id of the paid attempt whose deposit was taken back. */
enum status booking_await_deposit(struct payment *p, struct arena *a, const struct attempt *at, const char *reverses,
                                  struct attempt_told *t);
enum status booking_payment_failed(struct payment *p, struct arena *a, const struct attempt *at,
                                   struct attempt_told *t);
enum status booking_refund_settled(struct payment *p, struct arena *a, const struct attempt *at);

struct refund;
/* After svc-entrance has taken them out of use: all of the refund's tickets or none. */
enum status booking_void(struct payment *p, struct arena *a, const struct refund *r);
enum status booking_unvoid(struct payment *p, struct arena *a, const struct refund *r);
/* at: its payment, of which the refund's money, and whatever else was given back, is gone. */
enum status booking_release(struct payment *p, struct arena *a, const struct refund *r, const struct attempt *at,
                            bool whole);
enum status booking_cancel_unpaid(struct payment *p, struct arena *a, const char *order_number, const char *reason,
                                  const char *key);
/* Silence, or "down", for more than 5 s is an outage: booking gives holds the time back. */
enum status booking_health(struct payment *p, bool up);
struct paying_order {
    const char *attempt_id; /* a fence id */
    const char *order_number;
    int64_t amount;
};
/* A page of the orders that booking believes are being paid. *after: 0 for the first page; set to 0 with the last. */
enum status booking_list_paying(struct payment *p, struct arena *a, int64_t older_seconds, int64_t *after,
                                struct paying_order **orders, size_t *n);
/* A staff call passed on with its caller, body and key, and booking's answer. */
enum status booking_pass_on(struct payment *p, struct bus_req *req, const char *op, struct strbuf *out);

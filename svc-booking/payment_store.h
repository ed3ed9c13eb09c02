/* payment_store - what svc-payment tells booking, as SQL: steps of attempts in groups, refunds, the health of payments
 * (migrations/006_booking_payment.sql and 008_booking_refunds.sql, where every rule is). */
#pragma once
#include "order_store.h"
#include "payment_input.h"

struct payment_answer { /* texts live in the arena */
    enum status status; /* ST_PARKED: another call of the group was in the way, ask again */
    const char *order_number, *order_status, *payment_status;
    int64_t total_amount, expires_ms;
    const char *verdict; /* of the attempt; NULL: open */
    const char *tickets; /* JSON array; of a refund its tickets, of a refused one those inside; or NULL */
};

struct payment_step; /* payment_step.h */
/* Outside of a transaction, which it is itself. Each step gets its answer; *pools are those whose stock changed. */
enum db_rc payment_store_steps(struct db *db, struct arena *a, struct payment_step *const *step, size_t n,
                               struct pool_change **pools, size_t *n_pools);

/* Inside a transaction, which must not commit unless the answer's status is a success. */
typedef enum db_rc (*payment_store_fn)(struct db *db, struct arena *a, const struct payment_input *in,
                                       struct payment_answer *answer, struct order_moved *moved);
enum db_rc payment_store_void(struct db *db, struct arena *a, const struct payment_input *in,
                              struct payment_answer *answer, struct order_moved *moved);
enum db_rc payment_store_unvoid(struct db *db, struct arena *a, const struct payment_input *in,
                                struct payment_answer *answer, struct order_moved *moved);
enum db_rc payment_store_release(struct db *db, struct arena *a, const struct payment_input *in,
                                 struct payment_answer *answer, struct order_moved *moved);
enum db_rc payment_store_settled(struct db *db, struct arena *a, const struct payment_input *in,
                                 struct payment_answer *answer, struct order_moved *moved);

/* Every replica of svc-payment reports once a second. */
enum db_rc payment_store_report(struct db *db, struct arena *a, bool up);
/* A transaction of its own: gives at most `limit` holds back what an outage took; *n == limit: there may be more. */
enum db_rc payment_store_extend(struct db *db, struct arena *a, int limit, int *n);

struct paying_row {
    int64_t id, begun_ms, amount;
    const char *order_number, *status, *attempt_id;
};
/* Orders with an open attempt older than that, in order of their id, after `after`. */
enum db_rc payment_store_list(struct db *db, struct arena *a, int64_t older_than_seconds, int64_t after, int64_t limit,
                              struct paying_row **rows, size_t *n);

struct
    payment_order { /* what svc-payment needs to know of an order; texts live in the arena, NULL where the column is */
    int64_t id, exhibition_id, total_amount, expires_ms, created_ms, deposit_hours, token_version;
    const char *number, *exhibition_code, *status, *payment_status, *name, *phone, *email;
    const char *order_name;              /* "일반 관람권 외 2건", at most 100 characters */
    const char *refund_policy, *tickets; /* JSON arrays */
    const char *visit_day;               /* the exhibition's last day when the visit has no date */
};
/* By number, or by id when that is NULL. *order is NULL when there is none. */
enum db_rc payment_store_order(struct db *db, struct arena *a, const char *number, int64_t id,
                               struct payment_order **order);

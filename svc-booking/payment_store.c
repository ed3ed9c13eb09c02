#include "payment_store.h"
#include <string.h>
#include "common/arena.h"
#include "common/log.h"
#include "payment_step.h"

/* Columns of the SQL type payment_answer. */
#define ANSWER                                                                                                         \
    "SELECT kind, idx, outcome, order_number, status, payment_status, total, expires_ms, verdict, "                    \
    "to_json(tickets)::text, exhibition_id, pool_id, version, available FROM "

static enum status read_word(const char *text) {
    static const struct {
        const char *word;
        enum status status;
    } words[] = {
        {"DONE", ST_OK},
        {"TOLD", ST_OK},
        {"AGAIN", ST_PARKED},
        {"NOT_FOUND", ST_NOT_FOUND},
        {"INVALID_STATE", ST_INVALID_STATE},
        {"ORDER_EXPIRED", ST_ORDER_EXPIRED},
        {"AMOUNT_MISMATCH", ST_AMOUNT_MISMATCH},
        {"IDEMPOTENCY_MISMATCH", ST_IDEMPOTENCY_MISMATCH},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].word, text) == 0) return words[i].status;
    log_error("SQL answered an unknown word", "word", text);
    return ST_INTERNAL;
}

static struct payment_answer read_answer(struct arena *a, const struct db_res *r, int row) {
    return (struct payment_answer){.status = read_word(db_text(r, row, 2)),
                                   .order_number = db_text_copy(a, r, row, 3),
                                   .order_status = db_text_copy(a, r, row, 4),
                                   .payment_status = db_text_copy(a, r, row, 5),
                                   .total_amount = db_int(r, row, 6),
                                   .expires_ms = db_int(r, row, 7),
                                   .verdict = db_text_copy(a, r, row, 8),
                                   .tickets = db_text_copy(a, r, row, 9)};
}

static struct pool_change read_pool(const struct db_res *r, int row) {
    return (struct pool_change){db_int(r, row, 10), db_int(r, row, 11), db_int(r, row, 12), db_int(r, row, 13)};
}

/* ---- attempts ---- */

enum { STEP_TEXTS = 8, STEP_INTS = 2 };

/* The arrays of payment_steps(), in the order of its parameters. */
static bool step_args(struct db_args *args, struct payment_step *const *step, size_t n) {
    const char **texts[STEP_TEXTS];
    int64_t *ints[STEP_INTS];
    for (int i = 0; i < STEP_TEXTS; i++)
        if ((texts[i] = arena_alloc(args->arena, n * sizeof *texts[i])) == NULL) return false;
    for (int i = 0; i < STEP_INTS; i++)
        if ((ints[i] = arena_alloc(args->arena, n * sizeof *ints[i])) == NULL) return false;
    for (size_t k = 0; k < n; k++) {
        const struct payment_input *in = &step[k]->input;
        const char *const values[STEP_TEXTS] = {
            step[k]->op,     in->attempt_id, in->order_number, in->payment_method,
            in->payment_key, in->reason,     in->reverses,     in->cancelled ? "true" : "false"};
        for (int i = 0; i < STEP_TEXTS; i++) texts[i][k] = values[i];
        ints[0][k] = in->amount;
        ints[1][k] = in->due_ms;
    }
    for (int i = 0; i < STEP_TEXTS; i++) db_arg_texts(args, texts[i], n);
    for (int i = 0; i < STEP_INTS; i++) db_arg_ints(args, ints[i], n);
    return true;
}

enum db_rc payment_store_steps(struct db *db, struct arena *a, struct payment_step *const *step, size_t n,
                               struct pool_change **pools, size_t *n_pools) {
    static const struct db_stmt stmt = {"payment_steps",
                                        ANSWER "payment_steps($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    size_t seen = 0;
    *n_pools = 0;
    if (!step_args(&args, step, n)) return DB_ERROR;
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc != DB_OK) return rc;
    *pools = arena_alloc(a, (size_t)db_rows(res) * sizeof **pools);
    for (int row = 0; *pools != NULL && row < db_rows(res); row++) {
        int64_t idx = db_int(res, row, 1);
        if (*db_text(res, row, 0) == 'p') {
            (*pools)[(*n_pools)++] = read_pool(res, row);
        } else if (idx >= 1 && (size_t)idx <= n) {
            step[idx - 1]->answer = read_answer(a, res, row);
            seen++;
        }
    }
    db_free(&res);
    return seen == n ? DB_OK : DB_LOST; /* committed: an answer that cannot be read leaves the outcome unknown */
}

/* ---- refunds ---- */

static enum db_rc one_answer(struct db *db, struct arena *a, const struct db_stmt *stmt, const struct db_args *args,
                             struct payment_answer *answer, struct order_moved *moved) {
    struct db_res *res = NULL;
    enum db_rc rc = db_exec(db, stmt, args, &res);
    if (rc != DB_OK) return rc;
    *moved = (struct order_moved){.pools = arena_alloc(a, (size_t)db_rows(res) * sizeof *moved->pools + 1)};
    for (int row = 0; row < db_rows(res); row++) {
        if (*db_text(res, row, 0) == 'o')
            *answer = read_answer(a, res, row);
        else if (moved->pools != NULL) /* else the gate learns of it within a second */
            moved->pools[moved->n_pools++] = read_pool(res, row);
    }
    db_free(&res);
    return DB_OK;
}

enum db_rc payment_store_void(struct db *db, struct arena *a, const struct payment_input *in,
                              struct payment_answer *answer, struct order_moved *moved) {
    static const struct db_stmt stmt = {"void_tickets", ANSWER "void_tickets($1, $2, $3, $4)"};
    struct db_args args = db_args(a);
    db_arg_text(&args, in->refund_id);
    db_arg_text(&args, in->order_number);
    db_arg_ints(&args, in->tickets, in->n_tickets);
    db_arg_bool(&args, in->not_entered);
    return one_answer(db, a, &stmt, &args, answer, moved);
}

enum db_rc payment_store_unvoid(struct db *db, struct arena *a, const struct payment_input *in,
                                struct payment_answer *answer, struct order_moved *moved) {
    static const struct db_stmt stmt = {"unvoid_tickets", ANSWER "unvoid_tickets($1)"};
    struct db_args args = db_args(a);
    db_arg_text(&args, in->refund_id);
    return one_answer(db, a, &stmt, &args, answer, moved);
}

enum db_rc payment_store_release(struct db *db, struct arena *a, const struct payment_input *in,
                                 struct payment_answer *answer, struct order_moved *moved) {
    static const struct db_stmt stmt = {"release_tickets", ANSWER "release_tickets($1, $2, $3, $4, $5)"};
    struct db_args args = db_args(a);
    db_arg_text(&args, in->refund_id);
    db_arg_text(&args, in->order_number);
    db_arg_text(&args, in->reason);
    db_arg_text(&args, in->payment_status);
    db_arg_int(&args, in->amount);
    return one_answer(db, a, &stmt, &args, answer, moved);
}

enum db_rc payment_store_settled(struct db *db, struct arena *a, const struct payment_input *in,
                                 struct payment_answer *answer, struct order_moved *moved) {
    static const struct db_stmt stmt = {"refund_settled", ANSWER "refund_settled($1)"};
    struct db_args args = db_args(a);
    db_arg_text(&args, in->attempt_id);
    return one_answer(db, a, &stmt, &args, answer, moved);
}

/* ---- outages ---- */

enum db_rc payment_store_report(struct db *db, struct arena *a, bool up) {
    static const struct db_stmt stmt = {"payment_health", "SELECT report_payment_health($1)"};
    struct db_args args = db_args(a);
    db_arg_bool(&args, up);
    return db_exec(db, &stmt, &args, NULL);
}

enum db_rc payment_store_extend(struct db *db, struct arena *a, int limit, int *n) {
    static const struct db_stmt stmt = {"extend_holds", "SELECT extend_holds($1)"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    db_arg_int(&args, limit);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    *n = rc == DB_OK ? (int)db_int(res, 0, 0) : 0;
    db_free(&res);
    return rc;
}

/* ---- reading ---- */

enum db_rc payment_store_list(struct db *db, struct arena *a, int64_t older_than_seconds, int64_t after, int64_t limit,
                              struct paying_row **rows, size_t *n) {
    static const struct db_stmt stmt = {
        "list_paying", "SELECT o.id, floor(extract(epoch FROM t.begun_at) * 1000)::bigint, t.amount, o.order_number, "
                       "o.status, t.attempt_id "
                       "FROM payment_attempts t JOIN orders o ON o.id = t.order_id "
                       "WHERE t.verdict IS NULL AND o.id > $2 AND t.begun_at <= now() - make_interval(secs => $1::int) "
                       "ORDER BY o.id LIMIT $3"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    db_arg_int(&args, older_than_seconds);
    db_arg_int(&args, after);
    db_arg_int(&args, limit);
    *n = 0;
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc == DB_OK) {
        size_t found = (size_t)db_rows(res);
        *rows = arena_alloc(a, (found + 1) * sizeof **rows);
        rc = *rows == NULL ? DB_ERROR : DB_OK;
        for (int i = 0; rc == DB_OK && *n < found; i++)
            (*rows)[(*n)++] = (struct paying_row){
                .id = db_int(res, i, 0),
                .begun_ms = db_int(res, i, 1),
                .amount = db_int(res, i, 2),
                .order_number = arena_strdup(a, db_text(res, i, 3)),
                .status = arena_strdup(a, db_text(res, i, 4)),
                .attempt_id = arena_strdup(a, db_text(res, i, 5)),
            };
    }
    db_free(&res);
    return rc;
}

static const struct db_stmt order_stmt = {
    "payment_order", "SELECT o.id, o.exhibition_id, o.total_amount, "
                     "       round(extract(epoch FROM o.expires_at) * 1000)::bigint, "
                     "       floor(extract(epoch FROM o.created_at) * 1000)::bigint, e.deposit_hours, o.token_version, "
                     "o.order_number, e.code, "
                     "       o.status, o.payment_status, o.customer_name, o.customer_phone, o.customer_email, "
                     "       left(l.first, 100 - length(l.more)) || l.more, o.refund_policy::text, "
                     "       (SELECT coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'product_id', t.product_id, "
                     "'product_name', p.name, "
                     "                                  'price', t.price, 'status', t.status) ORDER BY t.id), '[]') "
                     "        FROM tickets t JOIN products p ON p.id = t.product_id WHERE t.order_id = o.id)::text, "
                     "       coalesce(o.visit_date, e.end_date) "
                     "FROM orders o JOIN exhibitions e ON e.id = o.exhibition_id, "
                     "LATERAL (SELECT (array_agg(p.name ORDER BY i.id))[1] AS first, "
                     "                CASE WHEN count(*) > 1 THEN ' 외 ' || count(*) - 1 || '건' ELSE '' END AS more "
                     "         FROM order_items i JOIN products p ON p.id = i.product_id WHERE i.order_id = o.id) l "
                     "WHERE o.id = coalesce((SELECT x.id FROM orders x WHERE x.order_number = $1), $2)"};

enum db_rc payment_store_order(struct db *db, struct arena *a, const char *number, int64_t id,
                               struct payment_order **order) {
    struct db_args args = db_args(a);
    struct db_res *r = NULL;
    *order = NULL;
    db_arg_text(&args, number);
    db_arg_int(&args, id);
    enum db_rc rc = db_exec(db, &order_stmt, &args, &r);
    if (rc == DB_OK && db_rows(r) == 1) {
        *order = arena_alloc(a, sizeof **order);
        if (*order == NULL)
            rc = DB_ERROR;
        else
            **order = (struct payment_order){
                .id = db_int(r, 0, 0),
                .exhibition_id = db_int(r, 0, 1),
                .total_amount = db_int(r, 0, 2),
                .expires_ms = db_int(r, 0, 3),
                .created_ms = db_int(r, 0, 4),
                .deposit_hours = db_int(r, 0, 5),
                .token_version = db_int(r, 0, 6),
                .number = db_text_copy(a, r, 0, 7),
                .exhibition_code = db_text_copy(a, r, 0, 8),
                .status = db_text_copy(a, r, 0, 9),
                .payment_status = db_text_copy(a, r, 0, 10),
                .name = db_text_copy(a, r, 0, 11),
                .phone = db_text_copy(a, r, 0, 12),
                .email = db_text_copy(a, r, 0, 13),
                .order_name = db_text_copy(a, r, 0, 14),
                .refund_policy = db_text_copy(a, r, 0, 15),
                .tickets = db_text_copy(a, r, 0, 16),
                .visit_day = db_text_copy(a, r, 0, 17),
            };
    }
    db_free(&r);
    return rc;
}

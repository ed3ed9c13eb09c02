#include "refund_store.h"
#include "columns.h"
#include "common/arena.h"
#include "common/batch.h"

/* Their tickets and money are as they were before. */
#define VOID_REFUNDS "('rejected', 'dropped')"

enum db_rc refund_store_lock(struct db *db, struct arena *a, const char *order_number) {
    static const struct db_stmt stmt = {"refund_lock", "SELECT pg_advisory_xact_lock(hashtextextended($1, 1))"};
    struct db_args args = db_args(a);
    db_arg_text(&args, order_number);
    return db_exec(db, &stmt, &args, NULL);
}

static bool read_ids(struct arena *a, const struct db_res *res, const int64_t **ids, size_t *n) {
    int64_t *v = arena_alloc(a, (size_t)db_rows(res) * sizeof *v + 1);
    *ids = v;
    for (*n = 0; v != NULL && *n < (size_t)db_rows(res); (*n)++) v[*n] = db_int(res, (int)*n, 0);
    return v != NULL;
}

static enum db_rc read_given(struct db *db, struct arena *a, const char *order_number, struct order_money *m) {
    static const struct db_stmt stmt = {"refund_given",
                                        "SELECT unnest(tickets) FROM refunds WHERE order_number = $1 AND state NOT "
                                        "IN " VOID_REFUNDS};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    db_arg_text(&args, order_number);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc == DB_OK && !read_ids(a, res, &m->given, &m->n_given)) rc = DB_ERROR;
    db_free(&res);
    return rc;
}

/* Booking says "paid" a moment before our attempt does. Of several that are not through yet nobody knows which one it was. */
enum db_rc refund_store_money(struct db *db, struct arena *a, const char *order_number, struct order_money *m) {
    static const struct db_stmt stmt = {
        "refund_money",
        "SELECT t.id, t.state = 'paid', t.method, t.amount - coalesce((SELECT sum(r.amount + r.fee) FROM refunds r "
        "WHERE r.attempt = t.id AND r.state NOT IN " VOID_REFUNDS "), 0) "
        "FROM attempts t WHERE t.order_number = $1 AND t.state IN ('paid', 'captured') "
        "ORDER BY t.state = 'paid' DESC LIMIT 2",
    };
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    *m = (struct order_money){.attempt = 0};
    db_arg_text(&args, order_number);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc == DB_OK && (db_rows(res) == 1 || (db_rows(res) > 1 && db_bool(res, 0, 1)))) {
        m->attempt = db_int(res, 0, 0);
        m->method = db_text_copy(a, res, 0, 2);
        m->sales = db_int(res, 0, 3);
    }
    db_free(&res);
    return rc == DB_OK ? read_given(db, a, order_number, m) : rc;
}

enum db_rc refund_store_find(struct db *db, struct arena *a, const char *order_number, const char *state,
                             struct refund **r) {
    static const struct db_stmt stmt = {"refund_find", "SELECT " REFUND_SELECT " FROM refunds WHERE order_number = $1 "
                                                       "AND state = $2 AND id > $3 ORDER BY id LIMIT 1 FOR UPDATE"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    int64_t after = *r != NULL ? (*r)->saga.id : 0;
    *r = NULL;
    db_arg_text(&args, order_number);
    db_arg_text(&args, state);
    db_arg_int(&args, after);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc == DB_OK && db_rows(res) == 1) {
        *r = (struct refund *)(void *)row_read(&row_tables[SAGA_REFUND], a, res, 0);
        if (*r == NULL) rc = DB_ERROR;
    }
    db_free(&res);
    return rc;
}

enum db_rc refund_store_insert(struct db *db, struct arena *a, struct refund *r) {
    static const struct db_stmt stmt = {
        "refund_insert",
        "INSERT INTO refunds (refund_id, kind, attempt, order_number, exhibition_id, tickets, amount, fee, "
        "policy_step, "
        "reason, fee_waived, requested_by, account, state, due_at) VALUES "
        "($1, $2, nullif($3::bigint, 0), $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, now()) RETURNING id"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    db_arg_text(&args, r->refund_id);
    db_arg_text(&args, r->kind);
    db_arg_int(&args, r->attempt);
    db_arg_text(&args, r->order_number);
    db_arg_int(&args, r->exhibition_id);
    db_arg_ints(&args, r->tickets, r->n_tickets);
    db_arg_int(&args, r->amount);
    db_arg_int(&args, r->fee);
    db_arg_text(&args, r->policy_step);
    db_arg_text(&args, r->reason);
    db_arg_bool(&args, r->fee_waived);
    db_arg_int(&args, r->requested_by);
    db_arg_text(&args, r->account);
    db_arg_text(&args, r->saga.state);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc == DB_OK) r->saga.id = db_int(res, 0, 0);
    db_free(&res);
    return rc;
}

enum db_rc refund_store_give_account(struct db *db, struct arena *a, const struct refund *r, const char *sealed) {
    static const struct db_stmt stmt = {
        "refund_account", "SELECT id FROM move_refunds(ARRAY[$1::bigint], ARRAY[$2::bigint], ARRAY[false], "
                          "ARRAY['voided'], ARRAY[jsonb_build_object('account', $3::text, 'key_no', $4::int)], "
                          "ARRAY[now()], ARRAY[0], '')"};
    struct db_args args = db_args(a);
    db_arg_int(&args, r->saga.id);
    db_arg_int(&args, r->saga.version);
    db_arg_text(&args, sealed);
    db_arg_int(&args, r->key_no + 1); /* what was refused stays refused under its key */
    return db_exec(db, &stmt, &args, NULL);
}

enum db_rc refund_store_note(struct db *db, struct arena *a, const struct refund *r) {
    /* As after a move: a step under way is of yesterday, and forgotten. */
    static const struct db_stmt stmt = {"refund_note",
                                        "UPDATE refunds SET kind = $2, reason = $3, fee_waived = $4, "
                                        "requested_by = $5, account = $6, version = version + 1, lease_owner = NULL, "
                                        "lease_until = NULL, due_at = now(), updated_at = now() WHERE id = $1"};
    struct db_args args = db_args(a);
    db_arg_int(&args, r->saga.id);
    db_arg_text(&args, r->kind);
    db_arg_text(&args, r->reason);
    db_arg_bool(&args, r->fee_waived);
    db_arg_int(&args, r->requested_by);
    db_arg_text(&args, r->account);
    return db_exec(db, &stmt, &args, NULL);
}

bool refund_store_forget(struct db *db) {
    static const struct db_stmt stmt = {
        "refund_forget", "UPDATE refunds SET account = NULL WHERE id = ANY (ARRAY(SELECT id FROM refunds "
                         "WHERE account IS NOT NULL AND done_at < now() - interval '30 days' "
                         "ORDER BY done_at" BATCH_LIMIT "))"};
    const struct db_args args = db_args(NULL);
    return batch_run(db, &stmt, &args);
}

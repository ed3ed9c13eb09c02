#include "reconcile_store.h"
#include <string.h>
#include "common/arena.h"

#define SHOWN "1000" /* differences of a day; the program that compares prints all */

/* One kind of what our books say: those that the list names by a key, and those of the day. */
struct book {
    struct db_stmt stmt;
    size_t size; /* of a row */
    void (*read)(struct arena *a, const struct db_res *res, int row, void *to);
};

static enum db_rc load(struct db *db, struct arena *a, const struct book *book, int64_t from_ms, int64_t to_ms,
                       const char *const *keys, size_t n_keys, void *rows, size_t *n) {
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    db_arg_texts(&args, keys, n_keys);
    db_arg_time(&args, from_ms);
    db_arg_time(&args, to_ms);
    enum db_rc rc = db_exec(db, &book->stmt, &args, &res);
    if (rc != DB_OK) return rc;
    *n = (size_t)db_rows(res);
    char *all = arena_alloc(a, (*n + 1) * book->size);
    for (size_t i = 0; all != NULL && i < *n; i++) book->read(a, res, (int)i, all + i * book->size);
    db_free(&res);
    memcpy(rows, &all, sizeof all);
    return all == NULL ? DB_ERROR : DB_OK;
}

static void read_payment(struct arena *a, const struct db_res *res, int row, void *to) {
    *(struct booked_payment *)to = (struct booked_payment){
        .id = db_int(res, row, 0),
        .attempt_id = arena_strdup(a, db_text(res, row, 1)),
        .order_number = arena_strdup(a, db_text(res, row, 2)),
        .state = arena_strdup(a, db_text(res, row, 3)),
        .exhibition_id = db_int(res, row, 4),
        .amount = db_int(res, row, 5),
        .captures = db_int(res, row, 6),
        .reversals = db_int(res, row, 7),
        .on_day = db_bool(res, row, 8),
    };
}

static const struct book payments = {
    {"reconcile_payments",
     "SELECT t.id, t.attempt_id, t.order_number, t.state, t.exhibition_id, t.amount, l.captures, l.reversals, "
     "coalesce(t.approved_at >= $2 AND t.approved_at < $3, false) "
     "FROM attempts t, LATERAL (SELECT count(*) FILTER (WHERE debit = 'provider') AS captures, "
     "  count(*) FILTER (WHERE credit = 'provider') AS reversals FROM ledger l WHERE l.attempt = t.id AND l.refund "
     "IS NULL) l "
     "WHERE t.attempt_id = ANY ($1::text[]) OR t.approved_at >= $2 AND t.approved_at < $3"},
    sizeof(struct booked_payment),
    read_payment,
};

static void read_cancel(struct arena *a, const struct db_res *res, int row, void *to) {
    *(struct booked_cancel *)to = (struct booked_cancel){
        .refund_id = arena_strdup(a, db_text(res, row, 0)),
        .transaction_key = arena_strdup(a, db_text(res, row, 1)),
        .attempt_id = arena_strdup(a, db_text(res, row, 2)),
        .order_number = arena_strdup(a, db_text(res, row, 3)),
        .state = arena_strdup(a, db_text(res, row, 4)),
        .attempt = db_int(res, row, 5),
        .exhibition_id = db_int(res, row, 6),
        .amount = db_int(res, row, 7),
        .posted = db_int(res, row, 8),
        .on_day = db_bool(res, row, 9),
    };
}

static const struct book cancels = {
    {"reconcile_cancels",
     "SELECT r.refund_id, r.transaction_key, t.attempt_id, r.order_number, r.state, t.id, r.exhibition_id, "
     "r.amount, coalesce((SELECT sum(l.amount) FROM ledger l WHERE l.refund = r.id AND l.credit = 'provider'), 0), "
     "coalesce(r.refunded_at >= $2 AND r.refunded_at < $3, false) "
     "FROM refunds r JOIN attempts t ON t.id = r.attempt WHERE r.transaction_key = ANY ($1::text[]) "
     "OR r.refunded_at >= $2 AND r.refunded_at < $3"},
    sizeof(struct booked_cancel),
    read_cancel,
};

enum db_rc reconcile_store_load(struct db *db, struct arena *a, int64_t from_ms, int64_t to_ms, struct day_books *b) {
    const char **orders = arena_alloc(a, (b->n_theirs + 1) * sizeof *orders);
    const char **transactions = arena_alloc(a, (b->n_theirs + 1) * sizeof *transactions);
    if (orders == NULL || transactions == NULL) return DB_ERROR;
    for (size_t i = 0; i < b->n_theirs; i++) {
        orders[i] = b->theirs[i].order_id;
        transactions[i] = b->theirs[i].transaction_key;
    }
    enum db_rc rc = load(db, a, &payments, from_ms, to_ms, orders, b->n_theirs, &b->payments, &b->n_payments);
    if (rc != DB_OK) return rc;
    return load(db, a, &cancels, from_ms, to_ms, transactions, b->n_theirs, &b->cancels, &b->n_cancels);
}

/* ---- comparisons ---- */

enum db_rc comparison_exhibitions(struct db *db, struct arena *a, const char *day, struct exhibition_hint **hints,
                                  size_t *n) {
    static const struct db_stmt stmt = {
        "comparison_exhibitions",
        "SELECT d.exhibition_id, min(d.order_number) FROM reconciliations c, jsonb_to_recordset(c.differences) "
        "d (exhibition_id bigint, order_number text) WHERE c.day = $1 AND d.exhibition_id IS NOT NULL GROUP BY 1"};
    struct db_args args = db_args(a);
    db_arg_text(&args, day);
    return scope_hints(db, a, &stmt, &args, hints, n);
}

enum db_rc comparison_get(struct db *db, struct arena *a, const char *day, const int64_t *exhibitions, size_t n,
                          struct comparison *c) {
    static const struct db_stmt stmt = {
        "comparison_get",
        "SELECT compared, floor(extract(epoch FROM run_at) * 1000)::bigint, "
        "(SELECT coalesce(jsonb_agg(x.d ORDER BY x.i), "
        "'[]') FROM (SELECT d, i FROM jsonb_array_elements(differences) WITH ORDINALITY e (d, i) WHERE $2::bigint[] "
        "IS NULL OR (d ->> 'exhibition_id')::bigint = ANY ($2) ORDER BY i LIMIT " SHOWN ") x) "
        "FROM reconciliations WHERE day = $1"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    *c = (struct comparison){.found = false};
    db_arg_text(&args, day);
    if (exhibitions == NULL)
        db_arg_null(&args);
    else
        db_arg_ints(&args, exhibitions, n);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc == DB_OK && db_rows(res) == 1)
        *c = (struct comparison){.found = true,
                                 .compared = db_int(res, 0, 0),
                                 .run_ms = db_int(res, 0, 1),
                                 .differences = arena_strdup(a, db_text(res, 0, 2))};
    if (c->found && c->differences == NULL) rc = DB_ERROR;
    db_free(&res);
    return rc;
}

enum db_rc comparison_put(struct db *db, struct arena *a, const char *day, int64_t compared, const char *differences) {
    static const struct db_stmt stmt = {
        "comparison_put", "INSERT INTO reconciliations (day, compared, differences) VALUES ($1, $2, $3) ON CONFLICT "
                          "(day) DO UPDATE SET compared = excluded.compared, differences = excluded.differences, "
                          "run_at = now()"};
    struct db_args args = db_args(a);
    db_arg_text(&args, day);
    db_arg_int(&args, compared);
    db_arg_text(&args, differences);
    return db_exec(db, &stmt, &args, NULL);
}

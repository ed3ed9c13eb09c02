#include "attempt_store.h"
#include "columns.h"
#include "common/arena.h"
#include "common/timeutil.h"

static enum db_rc read_all(struct arena *a, struct db_res *res, struct attempt ***rows, size_t *n) {
    *n = 0;
    *rows = arena_alloc(a, ((size_t)db_rows(res) + 1) * sizeof **rows);
    if (*rows == NULL) return DB_ERROR;
    for (int i = 0; i < db_rows(res); i++) {
        struct saga *row = row_read(&row_tables[SAGA_ATTEMPT], a, res, i);
        if (row == NULL) return DB_ERROR;
        (*rows)[(*n)++] = (struct attempt *)(void *)row;
    }
    return DB_OK;
}

static enum db_rc list(struct db *db, struct arena *a, const struct db_stmt *stmt, const struct db_args *args,
                       struct attempt ***rows, size_t *n) {
    struct db_res *res = NULL;
    *n = 0;
    enum db_rc rc = db_exec(db, stmt, args, &res);
    if (rc == DB_OK) rc = read_all(a, res, rows, n);
    db_free(&res);
    return rc;
}

/* The first row, or NULL. */
static enum db_rc find(struct db *db, struct arena *a, const struct db_stmt *stmt, const struct db_args *args,
                       struct attempt **at) {
    struct attempt **rows;
    size_t n;
    enum db_rc rc = list(db, a, stmt, args, &rows, &n);
    *at = rc == DB_OK && n > 0 ? rows[0] : NULL;
    return rc;
}

enum db_rc attempt_store_new(struct db *db, struct arena *a, const struct new_attempt *n, struct attempt **at) {
    static const struct db_stmt stmt = {
        "attempt_new",
        "INSERT INTO attempts (attempt_id, order_number, exhibition_id, amount, method, state, tries, due_at, "
        "lease_owner, lease_until) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, now(), $8, now() + make_interval(secs => $9::int)) "
        "ON CONFLICT (attempt_id) DO NOTHING RETURNING " ATTEMPT_SELECT};
    struct db_args args = db_args(a);
    int64_t now = time_now_ms();
    db_arg_text(&args, n->attempt_id);
    db_arg_text(&args, n->order_number);
    db_arg_int(&args, n->exhibition_id);
    db_arg_int(&args, n->amount);
    db_arg_text(&args, n->method);
    db_arg_text(&args, n->state);
    db_arg_int(&args, n->tries);
    db_arg_text(&args, n->owner);
    if (n->owner != NULL)
        db_arg_int(&args, n->lease_seconds);
    else
        db_arg_null(&args);
    enum db_rc rc = find(db, a, &stmt, &args, at);
    if (rc == DB_OK && *at != NULL && n->owner != NULL) (*at)->saga.lease_until_ms = now + n->lease_seconds * 1000;
    return rc;
}

enum db_rc attempt_store_find(struct db *db, struct arena *a, const char *attempt_id, struct attempt **at) {
    static const struct db_stmt stmt = {"attempt_find",
                                        "SELECT " ATTEMPT_SELECT " FROM attempts WHERE attempt_id = $1"};
    struct db_args args = db_args(a);
    db_arg_text(&args, attempt_id);
    return find(db, a, &stmt, &args, at);
}

enum db_rc attempt_store_get(struct db *db, struct arena *a, int64_t id, struct attempt **at) {
    static const struct db_stmt stmt = {"attempt_get", "SELECT " ATTEMPT_SELECT " FROM attempts WHERE id = $1"};
    struct db_args args = db_args(a);
    db_arg_int(&args, id);
    return find(db, a, &stmt, &args, at);
}

enum db_rc attempt_store_list(struct db *db, struct arena *a, const int64_t *ids, size_t n, struct attempt ***rows,
                              size_t *n_rows) {
    static const struct db_stmt stmt = {"attempt_list", "SELECT " ATTEMPT_SELECT " FROM attempts WHERE id = ANY ($1)"};
    struct db_args args = db_args(a);
    db_arg_ints(&args, ids, n);
    return list(db, a, &stmt, &args, rows, n_rows);
}

enum db_rc attempt_store_named(struct db *db, struct arena *a, const char *const *attempt_ids, size_t n_ids,
                               const char *const *payment_keys, size_t n_keys, struct attempt ***rows, size_t *n_rows) {
    static const struct db_stmt stmt = {"attempt_named",
                                        "SELECT " ATTEMPT_SELECT
                                        " FROM attempts WHERE attempt_id = ANY ($1) OR payment_key = ANY ($2)"};
    struct db_args args = db_args(a);
    db_arg_texts(&args, attempt_ids, n_ids);
    db_arg_texts(&args, payment_keys, n_keys);
    return list(db, a, &stmt, &args, rows, n_rows);
}

enum db_rc attempt_store_window(struct db *db, struct arena *a, const char *order_number, const char *method,
                                int64_t max_age_seconds, struct attempt **at) {
    static const struct db_stmt stmt = {
        "attempt_window", "SELECT " ATTEMPT_SELECT " FROM attempts WHERE order_number = $1 AND method = $2 "
                          "AND state IN ('opening', 'ready') AND created_at > now() - make_interval(secs => $3::int) "
                          "ORDER BY id DESC LIMIT 1"};
    struct db_args args = db_args(a);
    db_arg_text(&args, order_number);
    db_arg_text(&args, method);
    db_arg_int(&args, max_age_seconds);
    return find(db, a, &stmt, &args, at);
}

enum db_rc attempt_store_of_order(struct db *db, struct arena *a, const char *order_number, struct attempt **at) {
    static const struct db_stmt stmt = {"attempt_of_order",
                                        "SELECT " ATTEMPT_SELECT " FROM attempts WHERE order_number = $1 "
                                        "ORDER BY state IN ('opening', 'ready', 'failed'), id DESC LIMIT 1"};
    struct db_args args = db_args(a);
    db_arg_text(&args, order_number);
    return find(db, a, &stmt, &args, at);
}

enum db_rc attempt_store_ask(struct db *db, struct arena *a, int64_t id) {
    static const struct db_stmt stmt = {"attempt_ask",
                                        "UPDATE attempts SET asked_at = now(), " ATTEMPT_SOON("") "WHERE id = $1"};
    struct db_args args = db_args(a);
    db_arg_int(&args, id);
    return db_exec(db, &stmt, &args, NULL);
}

enum db_rc attempt_store_wake(struct db *db, struct arena *a, int64_t id) {
    static const struct db_stmt stmt = {
        "attempt_wake",
        "UPDATE attempts SET " ATTEMPT_SOON("") "WHERE id = $1 AND (lease_until IS NULL OR lease_until <= now())"};
    struct db_args args = db_args(a);
    db_arg_int(&args, id);
    return db_exec(db, &stmt, &args, NULL);
}

enum db_rc attempt_store_external(struct db *db, struct arena *a, int64_t id, const struct money *m, int64_t *n) {
    static const struct db_stmt stmt = {"attempt_external", "SELECT add_external_refunds($1, $2, $3, $4, $5)"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    const char **keys = arena_alloc(a, (m->n_cancels + 1) * sizeof *keys);
    const char **reasons = arena_alloc(a, (m->n_cancels + 1) * sizeof *reasons);
    const char **times = arena_alloc(a, (m->n_cancels + 1) * sizeof *times);
    int64_t *amounts = arena_alloc(a, (m->n_cancels + 1) * sizeof *amounts);
    *n = 0;
    if (keys == NULL || reasons == NULL || times == NULL || amounts == NULL) return DB_ERROR;
    for (size_t i = 0; i < m->n_cancels; i++) {
        keys[i] = m->cancels[i].transaction_key;
        reasons[i] = m->cancels[i].reason;
        amounts[i] = m->cancels[i].amount;
        char *at = m->cancels[i].at_ms == 0 ? NULL : arena_alloc(a, RFC3339_LEN + 1);
        if (at != NULL) time_rfc3339(m->cancels[i].at_ms, at);
        times[i] = at;
    }
    db_arg_int(&args, id);
    db_arg_texts(&args, keys, m->n_cancels);
    db_arg_ints(&args, amounts, m->n_cancels);
    db_arg_texts(&args, reasons, m->n_cancels);
    db_arg_texts(&args, times, m->n_cancels);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc == DB_OK) *n = db_int(res, 0, 0);
    db_free(&res);
    return rc;
}

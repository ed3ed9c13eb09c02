#include "saga_store.h"
#include "columns.h"
#include "common/arena.h"
#include "common/timeutil.h"

struct arrays { /* a batch, column by column */
    int64_t *ids, *versions, *leases;
    const char **to, **changes, **due, **again;
};

static bool arrays_new(struct arena *a, size_t n, struct arrays *x) {
    *x = (struct arrays){
        .ids = arena_alloc(a, n * sizeof *x->ids),
        .versions = arena_alloc(a, n * sizeof *x->versions),
        .leases = arena_alloc(a, n * sizeof *x->leases),
        .to = arena_alloc(a, n * sizeof *x->to),
        .changes = arena_alloc(a, n * sizeof *x->changes),
        .due = arena_alloc(a, n * sizeof *x->due),
        .again = arena_alloc(a, n * sizeof *x->again),
    };
    return x->ids && x->versions && x->leases && x->to && x->changes && x->due && x->again;
}

/* NULL stands for "no time"; *failed when memory is short. */
static const char *time_text(struct arena *a, int64_t ms, bool *failed) {
    if (ms == 0) return NULL;
    char *text = arena_alloc(a, RFC3339_LEN + 1);
    if (text == NULL)
        *failed = true;
    else
        time_rfc3339(ms, text);
    return text;
}

static void read_versions(const struct db_res *res, struct stored_move *moves, size_t n) {
    for (size_t i = 0; i < n; i++) moves[i].new_version = 0;
    for (int row = 0; row < db_rows(res); row++)
        for (size_t i = 0; i < n; i++)
            if (moves[i].id == db_int(res, row, 0)) moves[i].new_version = db_int(res, row, 1);
}

enum db_rc saga_store_move(struct db *db, struct arena *a, enum saga_kind kind, struct stored_move *moves, size_t n,
                           const char *owner, int64_t lease_seconds) {
    static const struct db_stmt stmts[SAGA_KINDS] = {
        [SAGA_ATTEMPT] = {"move_attempts", "SELECT id, version FROM move_attempts($1, $2, $3, $4, $5, $6, $7, $8)"},
        [SAGA_REFUND] = {"move_refunds", "SELECT id, version FROM move_refunds($1, $2, $3, $4, $5, $6, $7, $8)"},
    };
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    struct arrays x;
    bool failed = !arrays_new(a, n, &x);
    for (size_t i = 0; i < n && !failed; i++) {
        x.ids[i] = moves[i].id;
        x.versions[i] = moves[i].version;
        x.leases[i] = moves[i].keep_lease ? lease_seconds : 0;
        x.to[i] = moves[i].to;
        x.changes[i] = moves[i].changes;
        x.again[i] = moves[i].again ? "t" : "f";
        x.due[i] = time_text(a, moves[i].due_ms, &failed);
    }
    if (failed) return DB_ERROR;
    db_arg_ints(&args, x.ids, n);
    db_arg_ints(&args, x.versions, n);
    db_arg_texts(&args, x.again, n);
    db_arg_texts(&args, x.to, n);
    db_arg_texts(&args, x.changes, n);
    db_arg_texts(&args, x.due, n);
    db_arg_ints(&args, x.leases, n);
    db_arg_text(&args, owner);
    enum db_rc rc = db_exec(db, &stmts[kind], &args, &res);
    if (rc == DB_OK) read_versions(res, moves, n);
    db_free(&res);
    return rc;
}

enum db_rc saga_store_claim(struct db *db, struct arena *a, enum saga_kind kind, const char *owner,
                            int64_t lease_seconds, int64_t limit, struct saga ***rows, size_t *n) {
    static const struct db_stmt stmts[SAGA_KINDS] = {
        [SAGA_ATTEMPT] = {"claim_attempts", "SELECT " ATTEMPT_SELECT " FROM claim_attempts($1, $2, $3)"},
        [SAGA_REFUND] = {"claim_refunds", "SELECT " REFUND_SELECT " FROM claim_refunds($1, $2, $3)"},
    };
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    int64_t lease_until_ms = time_now_ms() + lease_seconds * 1000;
    *n = 0;
    db_arg_text(&args, owner);
    db_arg_int(&args, lease_seconds);
    db_arg_int(&args, limit);
    enum db_rc rc = db_exec(db, &stmts[kind], &args, &res);
    if (rc != DB_OK) return rc;
    *rows = arena_alloc(a, (size_t)db_rows(res) * sizeof **rows);
    for (int i = 0; i < db_rows(res) && *rows != NULL; i++) {
        struct saga *row = row_read(&row_tables[kind], a, res, i);
        if (row == NULL) break; /* its lease will be over in a while */
        row->lease_until_ms = lease_until_ms;
        (*rows)[(*n)++] = row;
    }
    db_free(&res);
    return DB_OK;
}

enum db_rc saga_store_take_back(struct db *db, struct arena *a, const char *owner) {
    static const struct db_stmt stmts[SAGA_KINDS] = {
        [SAGA_ATTEMPT] = {"take_back_attempts", "UPDATE attempts SET lease_until = now() WHERE due_at IS NOT NULL "
                                                "AND lease_owner = $1 AND lease_until > now()"},
        [SAGA_REFUND] = {"take_back_refunds", "UPDATE refunds SET lease_until = now() WHERE due_at IS NOT NULL "
                                              "AND lease_owner = $1 AND lease_until > now()"},
    };
    enum db_rc rc = DB_OK;
    for (int kind = 0; kind < SAGA_KINDS && rc == DB_OK; kind++) {
        struct db_args args = db_args(a);
        db_arg_text(&args, owner);
        rc = db_exec(db, &stmts[kind], &args, NULL);
    }
    return rc;
}

#include "teller_store.h"
#include "common/arena.h"
#include "common/db_sql.h"

#define ENTERED_AT MS("entered_at")

static struct place read_place(const struct db_res *res, int i, struct arena *a) {
    return (struct place){arena_strdup(a, db_text(res, i, 0)), db_int(res, i, 1)};
}

static bool read_order(const struct db_res *res, int i, struct arena *a, struct untold_order *o) {
    *o = (struct untold_order){
        .place = read_place(res, i, a),
        .version = db_int(res, i, 3),
        .token_version = db_int(res, i, 4),
        .order_number = arena_strdup(a, db_text(res, i, 5)),
        .code = arena_strdup(a, db_text(res, i, 6)),
    };
    return o->place.xid != NULL && o->order_number != NULL && o->code != NULL;
}

/* Rows of one change follow each other: one for each person inside, or one without a person; without an order it is out of date. */
static bool read_untold(const struct db_res *res, struct arena *a, struct untold *u) {
    size_t rows = (size_t)db_rows(res);
    struct untold_entry *entered = arena_alloc(a, (rows + 1) * sizeof *entered);
    u->orders = arena_alloc(a, (rows + 1) * sizeof *u->orders);
    if (entered == NULL || u->orders == NULL) return false;
    for (int i = 0; i < db_rows(res); i++) {
        if (db_null(res, i, 2)) continue;
        struct untold_order *o = u->n > 0 ? &u->orders[u->n - 1] : NULL;
        if (o == NULL || o->place.order_id != db_int(res, i, 1)) {
            o = &u->orders[u->n++];
            if (!read_order(res, i, a, o)) return false;
            o->entered = entered;
        }
        if (db_null(res, i, 7)) continue;
        *entered++ = (struct untold_entry){db_int(res, i, 7), db_int(res, i, 8)};
        o->n_entered++;
    }
    if (rows == 0) return true;
    u->end = read_place(res, (int)rows - 1, a);
    return u->end.xid != NULL;
}

static enum db_rc lock(struct db *db, struct arena *a, bool *mine) {
    static const struct db_stmt stmt = {"teller_lock", "SELECT pg_try_advisory_xact_lock(7321, 1)"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    *mine = rc == DB_OK && db_bool(res, 0, 0);
    db_free(&res);
    return rc;
}

enum db_rc teller_store_claim(struct db *db, struct arena *a, size_t max, struct untold *untold) {
    /* Nothing here says to the planner how few changes are untold: what it may not join otherwise it looks up for each of them. */
    static const struct db_stmt stmt = {
        "teller_untold",
        "SELECT n.xid, n.order_id, o.id, o.entries_version, o.token_version, o.order_number, o.code, t.id, t.entered "
        "FROM told, LATERAL (SELECT xid, order_id FROM changes WHERE (xid, order_id) > (told.xid, told.order_id) "
        "  AND xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY xid, order_id LIMIT $1) n "
        "LEFT JOIN LATERAL (SELECT o.id, o.entries_version, o.token_version, o.order_number, c.code FROM orders o "
        "  JOIN codes c ON c.kind = 'o' AND c.ref = o.id AND NOT c.replaced "
        "  WHERE o.id = n.order_id AND o.changed_in = n.xid LIMIT 1) o ON true "
        "LEFT JOIN LATERAL (SELECT id, " ENTERED_AT " AS entered FROM tickets "
        "  WHERE order_id = o.id AND entered_at IS NOT NULL OFFSET 0) t ON true ORDER BY n.xid, n.order_id, t.id"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    bool mine;
    *untold = (struct untold){.n = 0};
    enum db_rc rc = lock(db, a, &mine);
    if (rc != DB_OK || !mine) return rc;
    db_arg_int(&args, (int64_t)max);
    rc = db_exec(db, &stmt, &args, &res);
    if (rc == DB_OK && !read_untold(res, a, untold)) rc = DB_ERROR;
    untold->full = rc == DB_OK && (size_t)db_rows(res) >= max;
    db_free(&res);
    return rc;
}

enum db_rc teller_store_told(struct db *db, struct arena *a, const struct place *place) {
    static const struct db_stmt stmt = {"teller_told", "UPDATE told SET xid = $1::xid8, order_id = $2"};
    struct db_args args = db_args(a);
    db_arg_text(&args, place->xid);
    db_arg_int(&args, place->order_id);
    return db_exec(db, &stmt, &args, NULL);
}

enum db_rc teller_store_may_idle(struct db *db, struct arena *a, int64_t ms) {
    static const struct db_stmt stmt = {"teller_idle",
                                        "SELECT set_config('idle_in_transaction_session_timeout', $1, true)"};
    struct db_args args = db_args(a);
    db_arg_int(&args, ms);
    return db_exec(db, &stmt, &args, NULL);
}

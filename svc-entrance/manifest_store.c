#include "manifest_store.h"
#include <string.h>
#include "common/arena.h"

enum db_rc manifest_store_head(struct db *db, struct arena *a, const char *exhibition_code, struct manifest_head *h) {
    /* Codes that were made by now and yet are held back, because an older transaction still runs, date the whole: a scanner must
     * not take a ticket for forged that it cannot have heard of. */
    static const struct db_stmt stmt = {
        "manifest_head",
        "SELECT e.id, e.start_date, e.end_date, e.before_minutes, e.after_minutes, "
        "pg_snapshot_xmin(pg_current_snapshot()), floor(extract(epoch FROM least(now(), "
        "(SELECT min(c.issued_at) FROM changes n JOIN codes c ON c.order_id = n.order_id AND c.issued_in = n.xid "
        "WHERE n.exhibition_id = e.id AND n.xid >= pg_snapshot_xmin(pg_current_snapshot())))) * 1000)::bigint "
        "FROM exhibitions e WHERE e.code = $1 AND NOT e.gone ORDER BY e.id DESC LIMIT 1"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    db_arg_text(&args, exhibition_code);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    *h = (struct manifest_head){.exhibition_id = 0};
    if (rc == DB_OK && db_rows(res) == 1)
        *h = (struct manifest_head){
            .exhibition_id = db_int(res, 0, 0),
            .first_day = arena_strdup(a, db_text(res, 0, 1)),
            .last_day = arena_strdup(a, db_text(res, 0, 2)),
            .before_minutes = db_int(res, 0, 3),
            .after_minutes = db_int(res, 0, 4),
            .below = arena_strdup(a, db_text(res, 0, 5)),
            .as_of_ms = db_int(res, 0, 6),
        };
    db_free(&res);
    return rc;
}

enum db_rc manifest_store_plan(struct db *db, struct arena *a, int64_t exhibition_id, const char *date,
                               const char **products, const char **slots) {
    static const struct db_stmt stmt = {
        "manifest_plan",
        "SELECT (SELECT coalesce(json_agg(json_build_object('id', id, 'name', name, 'type', type, 'proof_required', "
        "proof_required) ORDER BY id), '[]') FROM products WHERE exhibition_id = $1), "
        "(SELECT coalesce(json_agg(json_build_object('id', id, 'starts_at', to_char(starts_at, 'HH24:MI'), 'ends_at', "
        "to_char(ends_at, 'HH24:MI')) ORDER BY starts_at, id), '[]') FROM slots WHERE exhibition_id = $1 "
        "AND date = $2::date)"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    db_arg_int(&args, exhibition_id);
    db_arg_text(&args, date);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    *products = rc == DB_OK ? arena_strdup(a, db_text(res, 0, 0)) : NULL;
    *slots = rc == DB_OK ? arena_strdup(a, db_text(res, 0, 1)) : NULL;
    db_free(&res);
    return rc == DB_OK && (*products == NULL || *slots == NULL) ? DB_ERROR : rc;
}

/* ---- the rows ---- */

static const char digits[] = "0123456789";

bool manifest_cursor_ok(const char *cursor) {
    size_t xid = strspn(cursor, digits), seq = cursor[xid] == ':' ? strspn(cursor + xid + 1, digits) : 0;
    return *cursor == '\0' || (xid >= 1 && xid <= 19 && seq >= 1 && seq <= 18 && cursor[xid + 1 + seq] == '\0');
}

static void arg_cursor(struct db_args *args, const char *cursor) {
    if (*cursor == '\0') cursor = "0:0";
    size_t xid = strspn(cursor, digits);
    db_arg_text(args, arena_strndup(args->arena, cursor, xid));
    db_arg_text(args, cursor + xid + 1);
}

static void read_row(struct arena *a, const struct db_res *res, int i, struct manifest_row *row) {
    *row = (struct manifest_row){
        .cursor = arena_strdup(a, db_text(res, i, 0)),
        .begins = i == 0 || strcmp(db_text(res, i, 0), db_text(res, i - 1, 0)) != 0,
        .entry =
            {
                .code = arena_strdup(a, db_text(res, i, 1)),
                .state = arena_strdup(a, db_text(res, i, 2)),
                .used = db_int(res, i, 3),
                .order_number = arena_strdup(a, db_text(res, i, 4)),
                .customer_name = arena_strdup(a, db_text(res, i, 5)),
                .products = arena_strdup(a, db_text(res, i, 6)),
                .people = db_int(res, i, 7),
            },
    };
}

/* A code for any day, or for this one. */
#define OF_DAY "(c.visit_date IS NULL OR c.visit_date = $2::date)"

enum db_rc manifest_store_rows(struct db *db, struct arena *a, const struct manifest_head *h, const char *date,
                               const char *cursor, size_t max, struct manifest_row **rows, size_t *n, bool *full) {
    static const struct db_stmt stmt = {
        "manifest_rows",
        "SELECT o.xid::text || ':' || o.id, c.code, c.state, c.used, o.order_number, o.customer_name, p.text, c.people "
        "FROM (SELECT n.xid, o.id, o.order_number, o.customer_name FROM changes n "
        "  JOIN orders o ON o.id = n.order_id AND (o.changed_in = n.xid OR o.changed_in >= $5::xid8) "
        "  WHERE n.exhibition_id = $1 AND (n.xid, n.order_id) > ($3::xid8, $4::bigint) AND n.xid < $5::xid8 "
        "  AND EXISTS (SELECT FROM codes c WHERE c.order_id = n.order_id AND " OF_DAY ") "
        "  ORDER BY n.xid, n.order_id LIMIT $6) o "
        "JOIN code_states c ON c.order_id = o.id AND " OF_DAY " LEFT JOIN LATERAL ("
        "SELECT string_agg(product_id || '*' || n, ' ' ORDER BY product_id) AS text FROM ("
        "SELECT product_id, count(*) AS n FROM tickets WHERE order_id = c.order_id AND status <> 'void' "
        "AND refund_id IS NULL GROUP BY product_id) of_product) p ON c.kind = 'o' "
        "ORDER BY o.xid, o.id, c.kind, c.ref, c.version"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    size_t orders = 0;
    *n = 0;
    db_arg_int(&args, h->exhibition_id);
    db_arg_text(&args, date);
    arg_cursor(&args, cursor);
    db_arg_text(&args, h->below);
    db_arg_int(&args, (int64_t)max);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc != DB_OK) return rc;
    *rows = arena_alloc(a, (size_t)(db_rows(res) + 1) * sizeof **rows);
    for (int i = 0; *rows != NULL && i < db_rows(res); i++) {
        read_row(a, res, i, &(*rows)[(*n)++]);
        orders += (*rows)[i].begins;
    }
    *full = orders == max;
    db_free(&res);
    return *rows != NULL ? DB_OK : DB_ERROR;
}

#include "dashboard_store.h"
#include "common/arena.h"

#define PRODUCTS_MAX 500

/* The exhibitions that $1 names. */
#define EXHIBITIONS                                                                                                    \
    "WITH e AS (SELECT id, code FROM figure_exhibitions WHERE NOT gone AND ($1::text[] IS NULL OR code = ANY ($1))) "
/* Their figures over all time. */
#define ALL_TIME "figures f ON f.exhibition_id = e.id AND f.span = '-'"
/* A product that is deleted has sold nothing, unless it was done by hand. */
#define SHOWN "(NOT p.gone OR f.revenue > 0)"

static struct db_args args_of(struct arena *a, const struct dashboard_wish *w) {
    struct db_args args = db_args(a);
    if (w->codes != NULL)
        db_arg_texts(&args, w->codes, w->n_codes);
    else
        db_arg_null(&args);
    return args;
}

/* Runs the statement and makes room for its rows. */
static enum db_rc query(struct db *db, struct arena *a, const struct db_stmt *stmt, const struct db_args *args,
                        size_t row_size, struct db_res **res, void **rows, size_t *n) {
    enum db_rc rc = db_exec(db, stmt, args, res);
    if (rc != DB_OK) return rc;
    *n = (size_t)db_rows(*res);
    *rows = arena_alloc(a, (*n + 1) * row_size);
    return *rows != NULL ? DB_OK : DB_ERROR;
}

static enum db_rc load_totals(struct db *db, struct arena *a, const struct dashboard_wish *w,
                              struct dashboard_totals *totals) {
    static const struct db_stmt stmt = {
        "dashboard_totals", EXHIBITIONS
        "SELECT (SELECT count(*) FROM e), sum(f.orders), sum(f.revenue) FILTER (WHERE f.product_id = 0), "
        "sum(f.refunded), "
        "(SELECT sum(t.orders) FROM e JOIN figures t ON t.exhibition_id = e.id AND t.span = 'd' AND t.at = $2 AND "
        "t.product_id = 0), "
        "sum(f.held), sum(f.entered), "
        "(SELECT coalesce(jsonb_object_agg(t.type, t.sold), '{}') "
        " FROM (SELECT p.type, sum(coalesce(f.sold, 0)) AS sold FROM e JOIN figure_products p ON p.exhibition_id = "
        "e.id "
        "       LEFT JOIN " ALL_TIME " AND f.product_id = p.id WHERE " SHOWN " GROUP BY p.type) t) "
        "FROM e JOIN " ALL_TIME};
    struct db_args args = args_of(a, w);
    struct db_res *res = NULL;
    db_arg_time(&args, w->today_ms);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc != DB_OK) return rc;
    *totals = (struct dashboard_totals){.exhibitions = db_int(res, 0, 0),
                                        .orders = db_int(res, 0, 1),
                                        .revenue = db_int(res, 0, 2),
                                        .refunded = db_int(res, 0, 3),
                                        .today_orders = db_int(res, 0, 4),
                                        .held = db_int(res, 0, 5),
                                        .entered = db_int(res, 0, 6),
                                        .sold = arena_strdup(a, db_text(res, 0, 7))};
    db_free(&res);
    return totals->sold != NULL ? DB_OK : DB_ERROR;
}

static bool read_product(struct arena *a, const struct db_res *res, int i, struct dashboard_product *p) {
    *p = (struct dashboard_product){.id = db_int(res, i, 0),
                                    .name = arena_strdup(a, db_text(res, i, 1)),
                                    .type = arena_strdup(a, db_text(res, i, 2)),
                                    .exhibition_code = arena_strdup(a, db_text(res, i, 3)),
                                    .sold = db_int(res, i, 4),
                                    .held = db_int(res, i, 5),
                                    .entered = db_int(res, i, 6),
                                    .revenue = db_int(res, i, 7)};
    return p->name != NULL && p->type != NULL && p->exhibition_code != NULL;
}

static enum db_rc load_products(struct db *db, struct arena *a, const struct dashboard_wish *w,
                                struct dashboard_product **products, size_t *n) {
    static const struct db_stmt stmt = {"dashboard_products", EXHIBITIONS
                                        "SELECT p.id, p.name, p.type, e.code, f.sold, f.held, f.entered, f.revenue "
                                        "FROM e JOIN figure_products p ON p.exhibition_id = e.id "
                                        "LEFT JOIN " ALL_TIME " AND f.product_id = p.id "
                                        "WHERE " SHOWN " ORDER BY e.id DESC, p.id LIMIT $2"};
    struct db_args args = args_of(a, w);
    struct db_res *res = NULL;
    db_arg_int(&args, PRODUCTS_MAX);
    enum db_rc rc = query(db, a, &stmt, &args, sizeof **products, &res, (void **)products, n);
    for (int i = 0; rc == DB_OK && i < db_rows(res); i++)
        if (!read_product(a, res, i, &(*products)[i])) rc = DB_ERROR;
    db_free(&res);
    return rc;
}

static enum db_rc load_series(struct db *db, struct arena *a, const struct dashboard_wish *w,
                              struct dashboard_point **points, size_t *n) {
    static const struct db_stmt stmt = {
        "dashboard_series", EXHIBITIONS
        "SELECT floor(extract(epoch FROM b.at) * 1000)::bigint, s.orders, s.revenue, s.tickets, s.refunded, s.entered "
        "FROM generate_series($2::timestamptz, $3::timestamptz - interval '1 hour', "
        "                     CASE $4 WHEN 'hour' THEN interval '1 hour' ELSE interval '24 hours' END) b (at) "
        "LEFT JOIN (SELECT f.at, sum(f.orders) AS orders, "
        "                  sum(f.revenue) AS revenue, sum(f.sold) AS tickets, "
        "                  sum(f.refunded) AS refunded, sum(f.entered) AS entered "
        "           FROM e JOIN figures f ON f.exhibition_id = e.id AND f.span = left($4, 1)::\"char\" AND f.at >= $2 "
        "AND f.at < $3 "
        "           GROUP BY 1) s "
        "ON s.at = b.at ORDER BY b.at"};
    struct db_args args = args_of(a, w);
    struct db_res *res = NULL;
    db_arg_time(&args, w->from_ms);
    db_arg_time(&args, w->to_ms);
    db_arg_text(&args, w->interval);
    enum db_rc rc = query(db, a, &stmt, &args, sizeof **points, &res, (void **)points, n);
    for (int i = 0; rc == DB_OK && i < db_rows(res); i++)
        (*points)[i] = (struct dashboard_point){db_int(res, i, 0), db_int(res, i, 1), db_int(res, i, 2),
                                                db_int(res, i, 3), db_int(res, i, 4), db_int(res, i, 5)};
    db_free(&res);
    return rc;
}

enum db_rc dashboard_store_load(struct db *db, struct arena *a, const struct dashboard_wish *w, struct dashboard *d) {
    enum db_rc rc = db_begin(db);
    if (rc == DB_OK) rc = db_script(db, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
    if (rc == DB_OK) rc = load_totals(db, a, w, &d->totals);
    if (rc == DB_OK) rc = load_products(db, a, w, &d->products, &d->n_products);
    if (rc == DB_OK) rc = load_series(db, a, w, &d->series, &d->n_series);
    db_rollback(db); /* nothing was changed */
    return rc;
}

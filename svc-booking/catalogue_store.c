#include "catalogue_store.h"

#include <string.h>

#include "common/arena.h"
#include "common/db_sql.h"

/* clang-format off */
#define DAY(column) "(" column " - DATE '1970-01-01')"
#define MINUTES(column) "(extract(epoch FROM " column ")::int / 60)"
/* Every insert, update and delete changes the sum of the rows' transaction ids. */
#define TABLE_MARK(table) \
    "(SELECT count(*) || '.' || coalesce(max(id), 0) || '.' || coalesce(sum(xmin::text::bigint), 0) FROM " table ")"

static const struct db_stmt mark_stmt = {
    "catalogue_mark",
    "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint, (now() AT TIME ZONE 'Asia/Seoul')::date "
    "|| '/' || " TABLE_MARK("exhibitions") " || '/' || " TABLE_MARK("products") " || '/' || " TABLE_MARK("time_slots")};

static const struct db_stmt exhibitions_stmt = {
    "catalogue_exhibitions",
    "SELECT id, code, name, description, venue, accent_color, image_url, notices, refund_policy::text, "
    DAY("start_date") ", " DAY("end_date") ", max_per_order, max_per_phone, hold_seconds "
    "FROM exhibitions WHERE is_active ORDER BY code COLLATE \"C\""};

static const struct db_stmt products_stmt = {
    "catalogue_products",
    "SELECT p.id, p.pool_id, p.price, p.name, p.type, " MS("p.sale_start") ", " MS("p.sale_end") ", e.code "
    "FROM products p JOIN exhibitions e ON e.id = p.exhibition_id WHERE p.is_active AND e.is_active "
    "ORDER BY e.code COLLATE \"C\", p.id"};

static const struct db_stmt slots_stmt = {
    "catalogue_slots",
    "SELECT s.id, s.pool_id, " DAY("s.date") ", " MINUTES("s.starts_at") ", " MINUTES("s.ends_at") ", e.code "
    "FROM time_slots s JOIN exhibitions e ON e.id = s.exhibition_id "
    "WHERE s.is_active AND e.is_active AND s.date >= (now() AT TIME ZONE 'Asia/Seoul')::date "
    "ORDER BY e.code COLLATE \"C\", s.date, s.starts_at"};

static const struct db_stmt pools_stmt = {
    "catalogue_pools", "SELECT id, exhibition_id, version, total, available FROM pools ORDER BY id"};

/* Open orders first: the planner would rather walk through the items of all orders there ever were. */
static const struct db_stmt held_stmt = {
    "catalogue_held",
    "WITH open AS MATERIALIZED ("
    "  SELECT o.id, o.slot_id, o.status FROM orders o WHERE o.status IN ('reserved', 'paying', 'awaiting_deposit') "
    "  AND o.exhibition_id IN (SELECT l.exhibition_id FROM pools l WHERE l.id = ANY ($1::int[]))) "
    "SELECT x.pool_id, bool_or(x.status <> 'awaiting_deposit'), bool_or(x.status = 'awaiting_deposit') FROM ("
    "  SELECT p.pool_id, o.status FROM open o "
    "  CROSS JOIN LATERAL (SELECT i.product_id FROM order_items i WHERE i.order_id = o.id OFFSET 0) i "
    "  JOIN products p ON p.id = i.product_id WHERE p.pool_id = ANY ($1::int[]) "
    "  UNION ALL SELECT s.pool_id, o.status FROM open o JOIN time_slots s ON s.id = o.slot_id "
    "  WHERE s.pool_id = ANY ($1::int[])) x "
    "GROUP BY x.pool_id"};
/* clang-format on */

enum { DATA_MAX = 256 << 20 };

enum db_rc catalogue_store_mark(struct db *db, struct arena *a, int64_t *now, const char **mark) {
    struct db_args args = db_args(a);
    struct db_res *r = NULL;
    enum db_rc rc = db_exec(db, &mark_stmt, &args, &r);
    if (rc == DB_OK) {
        *now = db_int(r, 0, 0);
        *mark = arena_strdup(a, db_text(r, 0, 1));
        if (!*mark) rc = DB_ERROR;
    }
    db_free(&r);
    return rc;
}

static bool fill_exhibition(struct arena *a, const struct db_res *r, int i, struct cat_exhibition *e) {
    e->id = db_int(r, i, 0);
    const char **texts[] = {&e->code,         &e->name,      &e->description, &e->venue,
                            &e->accent_color, &e->image_url, &e->notices,     &e->refund_policy};
    for (int k = 0; k < (int)(sizeof texts / sizeof *texts); k++)
        if (!(*texts[k] = arena_strdup(a, db_text(r, i, k + 1)))) return false;
    e->start_day = (int32_t)db_int(r, i, 9);
    e->end_day = (int32_t)db_int(r, i, 10);
    e->max_per_order = db_int(r, i, 11);
    e->max_per_phone = db_int(r, i, 12);
    e->hold_seconds = db_int(r, i, 13);
    return true;
}

static bool fill_product(struct arena *a, const struct db_res *r, int i, struct cat_product *p) {
    *p = (struct cat_product){.id = db_int(r, i, 0),
                              .pool_id = db_int(r, i, 1),
                              .price = db_int(r, i, 2),
                              .name = arena_strdup(a, db_text(r, i, 3)),
                              .type = arena_strdup(a, db_text(r, i, 4)),
                              .sale_start = db_int(r, i, 5),
                              .sale_end = db_int(r, i, 6)};
    return p->name && p->type;
}

static void fill_slot(const struct db_res *r, int i, struct cat_slot *s) {
    *s = (struct cat_slot){.id = db_int(r, i, 0),
                           .pool_id = db_int(r, i, 1),
                           .day = (int32_t)db_int(r, i, 2),
                           .starts = (int32_t)db_int(r, i, 3),
                           .ends = (int32_t)db_int(r, i, 4)};
}

static enum db_rc load_exhibitions(struct db *db, struct cat_data *d) {
    struct db_args args = db_args(d->arena);
    struct db_res *r = NULL;
    enum db_rc rc = db_exec(db, &exhibitions_stmt, &args, &r);
    if (rc != DB_OK) return rc;
    d->n_exhibitions = (size_t)db_rows(r);
    d->exhibitions = arena_alloc(d->arena, d->n_exhibitions * sizeof *d->exhibitions + 1);
    if (!d->exhibitions) rc = DB_ERROR;
    for (size_t i = 0; rc == DB_OK && i < d->n_exhibitions; i++)
        if (!fill_exhibition(d->arena, r, (int)i, &d->exhibitions[i])) rc = DB_ERROR;
    db_free(&r);
    return rc;
}

/* Rows sorted by exhibition, whose code is column `col`: gives each exhibition its run of rows [first, first + n).
 * Rows of an exhibition that appeared in between are skipped; the next mark differs. */
static struct cat_exhibition *next_run(struct cat_data *d, const struct db_res *r, int col, int *first, int *n) {
    while (*first + *n < db_rows(r)) {
        *first += *n;
        const char *code = db_text(r, *first, col);
        for (*n = 1; *first + *n < db_rows(r) && strcmp(db_text(r, *first + *n, col), code) == 0;) ++*n;
        const struct cat_exhibition *e = cat_exhibition_find(d, code);
        if (e) return &d->exhibitions[e - d->exhibitions];
    }
    return NULL;
}

static enum db_rc load_products(struct db *db, struct cat_data *d) {
    struct db_args args = db_args(d->arena);
    struct db_res *r = NULL;
    enum db_rc rc = db_exec(db, &products_stmt, &args, &r);
    struct cat_exhibition *e;
    for (int first = 0, n = 0; rc == DB_OK && (e = next_run(d, r, 7, &first, &n)) != NULL;) {
        e->products = arena_alloc(d->arena, (size_t)n * sizeof *e->products);
        if (!e->products) rc = DB_ERROR;
        for (int i = 0; rc == DB_OK && i < n; i++)
            if (!fill_product(d->arena, r, first + i, &e->products[e->n_products++])) rc = DB_ERROR;
    }
    db_free(&r);
    return rc;
}

static enum db_rc load_slots(struct db *db, struct cat_data *d) {
    struct db_args args = db_args(d->arena);
    struct db_res *r = NULL;
    enum db_rc rc = db_exec(db, &slots_stmt, &args, &r);
    struct cat_exhibition *e;
    for (int first = 0, n = 0; rc == DB_OK && (e = next_run(d, r, 5, &first, &n)) != NULL;) {
        e->slots = arena_alloc(d->arena, (size_t)n * sizeof *e->slots);
        if (!e->slots) rc = DB_ERROR;
        for (int i = 0; rc == DB_OK && i < n; i++) fill_slot(r, first + i, &e->slots[e->n_slots++]);
    }
    db_free(&r);
    return rc;
}

enum db_rc catalogue_store_load(struct db *db, struct cat_data **data) {
    enum db_rc rc = DB_ERROR;
    struct arena *a = arena_new(DATA_MAX);
    struct cat_data *d = a ? arena_alloc(a, sizeof *d) : NULL;
    if (d) {
        d->arena = a;
        rc = load_exhibitions(db, d);
        if (rc == DB_OK) rc = load_products(db, d);
        if (rc == DB_OK) rc = load_slots(db, d);
    }
    if (rc == DB_OK)
        *data = d;
    else
        arena_free(&a);
    return rc;
}

enum db_rc catalogue_store_pools(struct db *db, struct arena *a, struct cat_pools *pools) {
    struct db_args args = db_args(a);
    struct db_res *r = NULL;
    enum db_rc rc = db_exec(db, &pools_stmt, &args, &r);
    if (rc != DB_OK) return rc;
    pools->n = (size_t)db_rows(r);
    pools->v = arena_alloc(a, pools->n * sizeof *pools->v + 1);
    if (!pools->v) rc = DB_ERROR;
    for (int i = 0; rc == DB_OK && i < db_rows(r); i++)
        pools->v[i] = (struct cat_pool){.id = db_int(r, i, 0),
                                        .exhibition_id = db_int(r, i, 1),
                                        .version = db_int(r, i, 2),
                                        .total = db_int(r, i, 3),
                                        .available = db_int(r, i, 4)};
    db_free(&r);
    return rc;
}

enum db_rc catalogue_store_held(struct db *db, struct arena *a, struct cat_pools *pools) {
    int64_t *empty = arena_alloc(a, pools->n * sizeof *empty + 1);
    size_t n = 0;
    if (!empty) return DB_ERROR;
    for (size_t i = 0; i < pools->n; i++)
        if (pools->v[i].available == 0 && pools->v[i].total > 0) {
            pools->v[i].in_checkout = pools->v[i].awaiting_deposit = false;
            empty[n++] = pools->v[i].id;
        }
    if (n == 0) return DB_OK;
    struct db_args args = db_args(a);
    db_arg_ints(&args, empty, n);
    struct db_res *r = NULL;
    enum db_rc rc = db_exec(db, &held_stmt, &args, &r);
    for (int i = 0; rc == DB_OK && i < db_rows(r); i++) {
        struct cat_pool *p = cat_pool_find(pools, db_int(r, i, 0));
        if (!p) continue;
        p->in_checkout = db_bool(r, i, 1);
        p->awaiting_deposit = db_bool(r, i, 2);
    }
    db_free(&r);
    return rc;
}

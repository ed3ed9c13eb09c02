#include "reserve_store.h"
#include <stdio.h>
#include <string.h>
#include "common/arena.h"
#include "common/log.h"

/* Every word the SQL functions may answer. */
static const struct word {
    const char *word;
    enum status status;
    const char *field;
    enum json_fault fault;
} words[] = {
    {"CREATED", ST_CREATED, NULL, 0},
    {"SOLD_OUT", ST_SOLD_OUT, NULL, 0},
    {"REPEAT", ST_CREATED, NULL, 0},
    {"IDEMPOTENCY_MISMATCH", ST_IDEMPOTENCY_MISMATCH, NULL, 0},
    {"NOT_FOUND", ST_NOT_FOUND, NULL, 0},
    {"FOREIGN_PRODUCT", ST_VALIDATION_FAILED, "items", BAD_FOREIGN},
    {"SALE_NOT_OPEN", ST_SALE_NOT_OPEN, NULL, 0},
    {"SALE_ENDED", ST_SALE_ENDED, NULL, 0},
    {"SLOT_REQUIRED", ST_VALIDATION_FAILED, "slot_id", BAD_MISSING},
    {"BAD_SLOT", ST_VALIDATION_FAILED, "slot_id", BAD_FOREIGN},
    {"DATE_REQUIRED", ST_VALIDATION_FAILED, "visit_date", BAD_MISSING},
    {"BAD_DATE_PAST", ST_VALIDATION_FAILED, "visit_date", BAD_PAST},
    {"BAD_DATE_OUTSIDE", ST_VALIDATION_FAILED, "visit_date", BAD_OUTSIDE},
    {"LIMIT_PER_ORDER", ST_LIMIT_PER_ORDER, NULL, 0},
    {"LIMIT_PER_PHONE", ST_LIMIT_PER_PHONE, NULL, 0},
};

static void read_word(struct order_outcome *o, const char *text) {
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i].word, text) == 0) {
            o->status = words[i].status;
            o->field = words[i].field;
            o->fault = words[i].fault;
            return;
        }
    }
    log_error("SQL answered an unknown word", "word", text);
    o->status = ST_INTERNAL;
}

/* Columns of the arrays, one member per order or per line. */
struct columns {
    const char **number, **code, **key, **body, **name, **phone, **email, **visit, **slot;
    int64_t *line_order, *line_product, *line_quantity;
    size_t n_lines;
};

static bool columns_init(struct columns *c, struct arena *a, size_t n, size_t lines) {
    const char ***texts[] = {&c->number, &c->code,  &c->key,   &c->body, &c->name,
                             &c->phone,  &c->email, &c->visit, &c->slot};
    int64_t **ints[] = {&c->line_order, &c->line_product, &c->line_quantity};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if ((*texts[i] = arena_alloc(a, n * sizeof(char *))) == NULL) return false;
    for (size_t i = 0; i < sizeof ints / sizeof *ints; i++)
        if ((*ints[i] = arena_alloc(a, lines * sizeof(int64_t))) == NULL) return false;
    c->n_lines = 0;
    return true;
}

static void columns_put(struct columns *c, struct arena *a, size_t i, const struct order_wish *w) {
    const struct order_draft *d = &w->draft;
    c->number[i] = w->number;
    c->code[i] = d->exhibition_code;
    c->key[i] = w->key;
    c->body[i] = w->body;
    c->name[i] = d->name;
    c->phone[i] = d->phone;
    c->email[i] = d->email;
    c->visit[i] = d->visit_date;
    c->slot[i] = d->slot_id == 0 ? NULL : arena_printf(a, "%lld", (long long)d->slot_id);
    for (size_t l = 0; l < d->n_lines; l++) {
        c->line_order[c->n_lines] = (int64_t)i + 1;
        c->line_product[c->n_lines] = d->line[l].product_id;
        c->line_quantity[c->n_lines++] = d->line[l].quantity;
    }
}

static bool build_args(struct db_args *args, struct order_wish *const *wish, size_t n) {
    size_t lines = 0;
    for (size_t i = 0; i < n; i++) lines += wish[i]->draft.n_lines;
    struct columns c;
    if (!columns_init(&c, args->arena, n, lines)) return false;
    for (size_t i = 0; i < n; i++) columns_put(&c, args->arena, i, wish[i]);
    const char **texts[] = {c.number, c.code, c.key, c.body, c.name, c.phone, c.email, c.visit, c.slot};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) db_arg_texts(args, texts[i], n);
    db_arg_ints(args, c.line_order, lines);
    db_arg_ints(args, c.line_product, lines);
    db_arg_ints(args, c.line_quantity, lines);
    return true;
}

static void read_order(const struct db_res *res, int row, struct order_outcome *o) {
    read_word(o, db_text(res, row, 2));
    snprintf(o->number, sizeof o->number, "%s", db_text(res, row, 3));
    o->total_amount = db_int(res, row, 4);
    o->expires_ms = db_int(res, row, 5);
}

static bool read_result(const struct db_res *res, struct order_wish *const *wish, size_t n, struct pool_change *pools,
                        size_t *n_pools) {
    size_t seen = 0;
    for (int row = 0; row < db_rows(res); row++) {
        int64_t idx = db_int(res, row, 1);
        if (*db_text(res, row, 0) == 'p') {
            pools[(*n_pools)++] = (struct pool_change){db_int(res, row, 6), db_int(res, row, 7), db_int(res, row, 8),
                                                       db_int(res, row, 9)};
        } else if (idx >= 1 && (size_t)idx <= n) {
            read_order(res, row, &wish[idx - 1]->outcome);
            seen++;
        }
    }
    return seen == n;
}

enum db_rc reserve_store_commit(struct db *db, struct arena *a, struct order_wish *const *wish, size_t n,
                                struct pool_change **pools, size_t *n_pools) {
    static const struct db_stmt stmt = {
        "reserve_orders",
        "SELECT kind, idx, outcome, order_number, total, expires_ms, exhibition_id, pool_id, version, available "
        "FROM reserve_orders($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    *n_pools = 0;
    if (!build_args(&args, wish, n)) return DB_ERROR;
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc == DB_OK) {
        *pools = arena_alloc(a, (size_t)db_rows(res) * sizeof **pools);
        /* It is committed: an answer that cannot be read leaves the outcome unknown, as a lost connection does. */
        if (*pools == NULL || !read_result(res, wish, n, *pools, n_pools)) rc = DB_LOST;
    }
    db_free(&res);
    return rc;
}

enum db_rc reserve_store_find(struct db *db, struct arena *a, struct order_wish *const *wish, size_t n) {
    static const struct db_stmt stmt = {
        "find_keys", "SELECT 'o', idx, outcome, order_number, total, expires_ms FROM find_keys($1, $2)"};
    const char **key = arena_alloc(a, n * sizeof *key), **body = arena_alloc(a, n * sizeof *body);
    if (key == NULL || body == NULL) return DB_ERROR;
    for (size_t i = 0; i < n; i++) {
        key[i] = wish[i]->key;
        body[i] = wish[i]->body;
        wish[i]->outcome = (struct order_outcome){.status = ST_PARKED};
    }
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    db_arg_texts(&args, key, n);
    db_arg_texts(&args, body, n);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    for (int row = 0; rc == DB_OK && row < db_rows(res); row++) {
        int64_t idx = db_int(res, row, 1);
        if (idx >= 1 && (size_t)idx <= n) read_order(res, row, &wish[idx - 1]->outcome);
    }
    db_free(&res);
    return rc;
}

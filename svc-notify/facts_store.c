#include "facts_store.h"
#include <string.h>
#include "common/arena.h"
#include "common/timeutil.h"

enum db_rc facts_store_lock(struct db *db) {
    static const struct db_stmt stmt = {"facts_lock", "SELECT pg_advisory_xact_lock(hashtext('notify.facts'))"};
    struct db_args args = db_args(NULL);
    return db_exec(db, &stmt, &args, NULL);
}

/* ---- taking ---- */

static enum db_rc texts(struct arena *a, const struct db_res *res, const char *const **out, size_t *n) {
    const char **list = arena_alloc(a, ((size_t)db_rows(res) + 1) * sizeof *list);
    *n = 0;
    if (list == NULL) return DB_ERROR;
    for (int i = 0; i < db_rows(res); i++)
        if ((list[(*n)++] = arena_strdup(a, db_text(res, i, 0))) == NULL) return DB_ERROR;
    *out = list;
    return DB_OK;
}

/* Of an exhibition or a slot: what messages say of it. */
#define WORDS(s)                                                                                                       \
    "(" s " -> 'name', " s " -> 'venue', " s " -> 'start_date', " s " -> 'end_date', " s " -> 'date', " s              \
    " -> 'starts_at')"

enum db_rc facts_store_put(struct db *db, struct arena *a, const char *source, const struct event *e, size_t n,
                           const char *const **orders, size_t *n_orders) {
    /* Nobody here needs addresses for mail. */
    static const struct db_stmt stmt = {
        "facts_put",
        "WITH told AS ("
        "  INSERT INTO facts (source, entity, version, type, order_number, state) "
        "  SELECT DISTINCT ON (e.entity) $1, e.entity, e.version, e.type, e.state ->> 'order_number', "
        "         e.state - 'customer_email' "
        "  FROM unnest($2::text[], $3::bigint[], $4::text[], $5::jsonb[]) e (entity, version, type, state) "
        "  ORDER BY e.entity, e.version DESC "
        "  ON CONFLICT (source, entity) DO UPDATE SET version = excluded.version, type = excluded.type, "
        "    order_number = excluded.order_number, state = excluded.state WHERE facts.version < excluded.version "
        "  RETURNING entity, order_number, state), "
        "freed AS (DELETE FROM awaited w USING told t WHERE $1 = 'booking' AND w.entity = t.entity "
        "  RETURNING w.order_number), "
        "changed AS (SELECT t.state ->> 'id' AS id, (t.state ->> 'exhibition_id')::int AS of_exhibition "
        "  FROM told t JOIN facts f ON f.source = $1 AND f.entity = t.entity " /* as it was before */
        "  WHERE $1 = 'booking' AND t.order_number IS NULL AND " WORDS("t.state") " IS DISTINCT FROM " WORDS(
            "f.state") "), others AS (INSERT INTO outdated (order_number) SELECT order_number FROM freed UNION "
                       "  SELECT m.order_number FROM changed c JOIN messages m "
                       "  ON m.exhibition_id = coalesce(c.of_exhibition, c.id::int) AND m.state IN ('queued', "
                       "'sending', 'unknown', "
                       "  'accepted') JOIN facts o ON o.source = 'booking' AND o.entity = m.order_number "
                       "  AND (c.of_exhibition IS NULL OR o.state ->> 'slot_id' = c.id) ON CONFLICT DO NOTHING) "
                       "SELECT order_number COLLATE \"C\" FROM told WHERE order_number IS NOT NULL ORDER BY 1"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    const char **entities = arena_alloc(a, n * sizeof *entities), **types = arena_alloc(a, n * sizeof *types);
    const char **states = arena_alloc(a, n * sizeof *states);
    int64_t *versions = arena_alloc(a, n * sizeof *versions);
    if (entities == NULL || types == NULL || states == NULL || versions == NULL) return DB_ERROR;
    for (size_t i = 0; i < n; i++) {
        entities[i] = e[i].entity;
        versions[i] = e[i].version;
        types[i] = e[i].type;
        states[i] = e[i].payload;
    }
    db_arg_text(&args, source);
    db_arg_texts(&args, entities, n);
    db_arg_ints(&args, versions, n);
    db_arg_texts(&args, types, n);
    db_arg_texts(&args, states, n);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc == DB_OK) rc = texts(a, res, orders, n_orders);
    db_free(&res);
    return rc;
}

enum db_rc facts_store_take_outdated(struct db *db, struct arena *a, int64_t limit, const char *const **orders,
                                     size_t *n_orders) {
    static const struct db_stmt stmt = {
        "facts_outdated", "DELETE FROM outdated WHERE order_number IN (SELECT order_number FROM outdated ORDER BY "
                          "order_number LIMIT $1) RETURNING order_number"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    db_arg_int(&args, limit);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc == DB_OK) rc = texts(a, res, orders, n_orders);
    db_free(&res);
    return rc;
}

/* ---- loading ---- */

static const char *copy(struct arena *a, const struct db_res *res, int row, int col, bool *failed) {
    const char *text = arena_strdup(a, db_text(res, row, col));
    if (text == NULL) *failed = true;
    return text;
}

static int32_t day(const struct db_res *res, int row, int col) {
    int32_t d;
    return date_parse(db_text(res, row, col), &d) ? d : NO_DAY;
}

/* An order with its exhibition and its slot, as far as booking has told of them. */
static bool read_order(struct arena *a, const struct db_res *r, int i, struct order_facts *f) {
    bool failed = false;
    *f = (struct order_facts){.order = {.number = copy(a, r, i, 0, &failed),
                                        .status = copy(a, r, i, 1, &failed),
                                        .name = copy(a, r, i, 2, &failed),
                                        .phone = copy(a, r, i, 3, &failed),
                                        .exhibition_id = db_int(r, i, 4),
                                        .slot_id = db_int(r, i, 5),
                                        .total_amount = db_int(r, i, 6),
                                        .created_ms = db_int(r, i, 7),
                                        .token_version = (int)db_int(r, i, 8),
                                        .live_tickets = (int)db_int(r, i, 9),
                                        .visit_day = day(r, i, 10)}};
    if (!db_null(r, i, 11)) {
        struct exhibition_fact *e = arena_alloc(a, sizeof *e);
        if (e == NULL) return false;
        *e = (struct exhibition_fact){.name = copy(a, r, i, 11, &failed),
                                      .venue = copy(a, r, i, 12, &failed),
                                      .first_day = day(r, i, 13),
                                      .last_day = day(r, i, 14)};
        f->exhibition = e;
    }
    if (!db_null(r, i, 15)) {
        struct slot_fact *s = arena_alloc(a, sizeof *s);
        if (s == NULL) return false;
        *s = (struct slot_fact){.day = day(r, i, 15), .begins = copy(a, r, i, 16, &failed)};
        f->slot = s;
    }
    return !failed;
}

static enum db_rc load_orders(struct db *db, struct arena *a, const char *const *orders, size_t n,
                              struct order_facts **facts, size_t *n_facts) {
    static const struct db_stmt stmt = {
        "facts_orders",
        "SELECT o.entity, o.state ->> 'status', o.state ->> 'customer_name', o.state ->> 'customer_phone', "
        "(o.state ->> 'exhibition_id')::bigint, (o.state ->> 'slot_id')::bigint, "
        "(o.state ->> 'total_amount')::bigint, "
        "floor(extract(epoch FROM (o.state ->> 'created_at')::timestamptz) * 1000)::bigint, "
        "coalesce((o.state ->> 'token_version')::int, 1), "
        "(SELECT count(*) FROM jsonb_array_elements(o.state -> 'tickets') t "
        " WHERE t ->> 'status' IN ('valid', 'entered')), "
        "o.state ->> 'visit_date', "
        "e.state ->> 'name', e.state ->> 'venue', e.state ->> 'start_date', e.state ->> 'end_date', "
        "s.state ->> 'date', left(s.state ->> 'starts_at', 5) "
        "FROM unnest($1::text[]) n (number) JOIN facts o ON o.source = 'booking' AND o.entity = n.number "
        "LEFT JOIN facts e ON e.source = 'booking' AND e.entity = 'exhibition/' || (o.state ->> 'exhibition_id') "
        "LEFT JOIN facts s ON s.source = 'booking' AND s.entity = 'slot/' || (o.state ->> 'slot_id') "
        "ORDER BY o.entity"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    *n_facts = 0;
    db_arg_texts(&args, orders, n);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc != DB_OK) return rc;
    *facts = arena_alloc(a, ((size_t)db_rows(res) + 1) * sizeof **facts);
    if (*facts == NULL) rc = DB_ERROR;
    for (int i = 0; rc == DB_OK && i < db_rows(res); i++)
        if (!read_order(a, res, i, &(*facts)[(*n_facts)++])) rc = DB_ERROR;
    db_free(&res);
    return rc;
}

static bool read_payment(struct arena *a, const struct db_res *r, int i, struct payment_fact *x) {
    bool failed = false;
    *x = (struct payment_fact){.type = copy(a, r, i, 1, &failed),
                               .entity = copy(a, r, i, 2, &failed),
                               .amount = db_int(r, i, 3),
                               .bank = copy(a, r, i, 4, &failed),
                               .account_number = copy(a, r, i, 5, &failed),
                               .account_holder = copy(a, r, i, 6, &failed),
                               .account_due_ms = db_int(r, i, 7),
                               .kind = copy(a, r, i, 8, &failed),
                               .fee = db_int(r, i, 9),
                               .n_tickets = (int)db_int(r, i, 10)};
    return !failed;
}

static enum db_rc load_payments(struct db *db, struct arena *a, const char *const *orders, size_t n,
                                struct order_facts *facts, size_t n_facts) {
    static const struct db_stmt stmt = {
        "facts_payments",
        "SELECT order_number, type, entity, (state ->> 'amount')::bigint, state ->> 'bank', "
        "state ->> 'account_number', state ->> 'account_holder', "
        "floor(extract(epoch FROM (state ->> 'account_due')::timestamptz) * 1000)::bigint, "
        "state ->> 'kind', (state ->> 'fee')::bigint, jsonb_array_length(state -> 'tickets') "
        "FROM facts WHERE source = 'payment' AND order_number = ANY ($1::text[]) ORDER BY order_number, entity"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    db_arg_texts(&args, orders, n);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc != DB_OK) return rc;
    struct payment_fact *all = arena_alloc(a, ((size_t)db_rows(res) + 1) * sizeof *all);
    if (all == NULL) rc = DB_ERROR;
    for (int i = 0; rc == DB_OK && i < db_rows(res); i++)
        if (!read_payment(a, res, i, &all[i])) rc = DB_ERROR;
    /* Both lists are sorted by order. */
    for (size_t o = 0, row = 0; rc == DB_OK && o < n_facts; o++) {
        while (row < (size_t)db_rows(res) && strcmp(db_text(res, (int)row, 0), facts[o].order.number) < 0) row++;
        facts[o].payments = &all[row];
        for (; row < (size_t)db_rows(res) && strcmp(db_text(res, (int)row, 0), facts[o].order.number) == 0; row++)
            facts[o].n_payments++;
    }
    db_free(&res);
    return rc;
}

enum db_rc facts_store_load(struct db *db, struct arena *a, const char *const *orders, size_t n,
                            struct order_facts **facts, size_t *n_facts) {
    enum db_rc rc = load_orders(db, a, orders, n, facts, n_facts);
    if (rc == DB_OK) rc = load_payments(db, a, orders, n, *facts, *n_facts);
    return rc;
}

#include "order_store.h"
#include <string.h>
#include "common/arena.h"
#include "common/json.h"
#include "common/timeutil.h"

#define PAYLOAD_MAX 65536

/* ---- load ---- */

static int minutes_or_none(const struct db_res *r, int row, int col) {
    return db_null(r, row, col) ? CODE_NO_SLOT : (int)db_int(r, row, col);
}

static void read_order(struct arena *a, const struct db_res *r, int row, struct gate_order *o) {
    *o = (struct gate_order){
        .id = db_int(r, row, 0),
        .order_number = arena_strdup(a, db_text(r, row, 1)),
        .status = arena_strdup(a, db_text(r, row, 2)),
        .customer_name = arena_strdup(a, db_text(r, row, 3)),
        .exhibition_id = db_int(r, row, 4),
        .entries_version = db_int(r, row, 5),
        .visit_day = (int32_t)db_int(r, row, 6),
        .exhibition_code = arena_strdup(a, db_text(r, row, 7)),
        .exhibition_name = arena_strdup(a, db_text(r, row, 8)),
        .first_day = (int32_t)db_int(r, row, 9),
        .last_day = (int32_t)db_int(r, row, 10),
        .before_minutes = (int)db_int(r, row, 11),
        .after_minutes = (int)db_int(r, row, 12),
        .slot_begins = minutes_or_none(r, row, 13),
        .slot_ends = minutes_or_none(r, row, 14),
    };
}

static void read_ticket(struct arena *a, const struct db_res *r, int row, struct gate_ticket *t) {
    *t = (struct gate_ticket){
        .id = db_int(r, row, 15),
        .product_id = db_int(r, row, 16),
        .product_name = arena_strdup(a, db_text(r, row, 17)),
        .product_type = arena_strdup(a, db_text(r, row, 18)),
        .proof_required = db_bool(r, row, 19),
        .suspended = strcmp(db_text(r, row, 20), "suspended") == 0,
        .is_void = strcmp(db_text(r, row, 20), "void") == 0,
        .refund_id = db_text_copy(a, r, row, 21),
        .entered_ms = db_int(r, row, 22),
        .entered_by = db_int(r, row, 23),
        .by_group = db_bool(r, row, 24),
    };
    t->gone = t->is_void || t->refund_id != NULL;
    t->stored_ms = t->entered_ms;
    t->stored_by = t->entered_by;
}

/* Rows are the tickets by order; the orders repeat themselves beside them. */
static enum db_rc read_orders(struct arena *a, const struct db_res *r, struct gate_order **orders, size_t *n) {
    size_t rows = (size_t)db_rows(r);
    struct gate_ticket *ticket = arena_alloc(a, (rows + 1) * sizeof *ticket);
    struct gate_order *order = arena_alloc(a, (rows + 1) * sizeof *order);
    if (ticket == NULL || order == NULL) return DB_ERROR;
    *orders = order;
    *n = 0;
    for (int row = 0; row < (int)rows; row++, ticket++) {
        if (*n == 0 || order[*n - 1].id != db_int(r, row, 0)) {
            read_order(a, r, row, &order[*n]);
            order[(*n)++].tickets = ticket;
        }
        read_ticket(a, r, row, ticket);
        order[*n - 1].n_tickets++;
    }
    return DB_OK;
}

/* Read by a statement of its own, so that it sees what whoever held the locks before has committed. */
static enum db_rc load(struct db *db, struct arena *a, const int64_t *ids, size_t n, struct gate_order **orders,
                       size_t *n_orders) {
    static const struct db_stmt stmt = {
        "orders_load",
        "SELECT o.id, o.order_number, o.status, o.customer_name, o.exhibition_id, o.entries_version, "
        "coalesce(o.visit_date, s.date) - date '1970-01-01', e.code, e.name, e.start_date - date '1970-01-01', "
        "e.end_date - date '1970-01-01', e.before_minutes, e.after_minutes, "
        "(extract(epoch FROM s.starts_at) / 60)::int, (extract(epoch FROM s.ends_at) / 60)::int, "
        "t.id, t.product_id, p.name, p.type, coalesce(p.proof_required, false), t.status, t.refund_id, "
        "floor(extract(epoch FROM t.entered_at) * 1000)::bigint, t.entered_by, "
        "t.entered_by IS NOT NULL AND (SELECT c.ticket_id IS NULL FROM scans c WHERE c.id = t.entered_by) "
        "FROM orders o JOIN tickets t ON t.order_id = o.id LEFT JOIN products p ON p.id = t.product_id "
        "LEFT JOIN exhibitions e ON e.id = o.exhibition_id LEFT JOIN slots s ON s.id = o.slot_id "
        "WHERE o.id = ANY ($1) ORDER BY o.id, t.id"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    db_arg_ints(&args, ids, n);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc == DB_OK) rc = read_orders(a, res, orders, n_orders);
    db_free(&res);
    return rc;
}

enum db_rc order_store_lock(struct db *db, struct arena *a, const int64_t *ids, size_t n, struct gate_order **orders,
                            size_t *n_orders) {
    static const struct db_stmt stmt = {"orders_lock", "SELECT FROM orders WHERE id = ANY ($1) ORDER BY id FOR UPDATE"};
    struct db_args args = db_args(a);
    *orders = NULL;
    *n_orders = 0;
    if (n == 0) return DB_OK;
    db_arg_ints(&args, ids, n);
    enum db_rc rc = db_exec(db, &stmt, &args, NULL);
    return rc == DB_OK ? load(db, a, ids, n, orders, n_orders) : rc;
}

static void read_claim(struct arena *a, const struct db_res *r, int row, struct gate_claim *c) {
    *c = (struct gate_claim){
        .id = db_int(r, row, 1),
        .scan_id = arena_strdup(a, db_text(r, row, 2)),
        .scanner = arena_strdup(a, db_text(r, row, 3)),
        .ticket_id = db_int(r, row, 4),
        .scanned_ms = db_int(r, row, 5),
        .count = (int32_t)db_int(r, row, 6),
        .breaks = db_text_copy(a, r, row, 7),
        .admitted = (int32_t)db_int(r, row, 8),
        .conflict = db_text_copy(a, r, row, 9),
    };
}

enum db_rc order_store_claims(struct db *db, struct arena *a, struct gate_order *orders, size_t n) {
    static const struct db_stmt stmt = {"orders_claims",
                                        "SELECT order_id, id, scan_id, scanner, ticket_id, "
                                        "floor(extract(epoch FROM scanned_at) * 1000)::bigint, count, breaks, "
                                        "admitted, conflict FROM scans WHERE order_id = ANY ($1) AND claim AND "
                                        "undone_at IS NULL ORDER BY order_id, id"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    int64_t *ids = arena_alloc(a, (n + 1) * sizeof *ids);
    if (ids == NULL) return DB_ERROR;
    for (size_t i = 0; i < n; i++) ids[i] = orders[i].id;
    db_arg_ints(&args, ids, n);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    struct gate_claim *claim = rc == DB_OK ? arena_alloc(a, ((size_t)db_rows(res) + 1) * sizeof *claim) : NULL;
    if (rc == DB_OK && claim == NULL) rc = DB_ERROR;
    for (int row = 0; rc == DB_OK && row < db_rows(res); row++, claim++) {
        struct gate_order *o = order_find(orders, n, db_int(res, row, 0));
        if (o->n_claims++ == 0) o->claims = claim;
        read_claim(a, res, row, claim);
    }
    db_free(&res);
    return rc;
}

struct gate_order *order_find(struct gate_order *orders, size_t n, int64_t id) {
    for (size_t i = 0; i < n; i++)
        if (orders[i].id == id) return &orders[i];
    return NULL;
}

enum db_rc order_store_id(struct db *db, struct arena *a, const char *order_number, int64_t *id) {
    static const struct db_stmt stmt = {"order_id", "SELECT id FROM orders WHERE order_number = $1"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    db_arg_text(&args, order_number);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    *id = rc == DB_OK && db_rows(res) == 1 ? db_int(res, 0, 0) : 0;
    db_free(&res);
    return rc;
}

/* ---- save ---- */

/* Columns of the arrays of the statement, one member per row. */
struct columns {
    int64_t *ticket, *entered_ms, *entered_by;
    const char **refund;
    int64_t *claim, *admitted;
    const char **conflict;
    int64_t *order, *version;
    const char **number, **payload; /* payload NULL: nobody went in or out */
    size_t n_tickets, n_claims, n_orders;
};

static bool columns_init(struct columns *c, struct arena *a, const struct gate_order *orders, size_t n) {
    size_t tickets = 0, claims = 0;
    for (size_t i = 0; i < n; i++) {
        tickets += orders[i].n_tickets;
        claims += orders[i].n_claims;
    }
    *c = (struct columns){.n_tickets = 0};
    const struct {
        void *column; /* address of the pointer */
        size_t rows;
    } all[] = {{&c->ticket, tickets}, {&c->entered_ms, tickets}, {&c->entered_by, tickets}, {&c->refund, tickets},
               {&c->claim, claims},   {&c->admitted, claims},    {&c->conflict, claims},    {&c->order, n},
               {&c->version, n},      {&c->number, n},           {&c->payload, n}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        void *column = arena_alloc(a, (all[i].rows + 1) * sizeof(int64_t));
        if (column == NULL) return false;
        memcpy(all[i].column, &column, sizeof column);
    }
    return true;
}
_Static_assert(sizeof(char *) <= sizeof(int64_t), "columns_init() makes room for either");

/* True: somebody went in or out. */
static bool put_tickets(struct columns *c, const struct gate_order *o) {
    bool moved = false;
    for (size_t k = 0; k < o->n_tickets; k++) {
        const struct gate_ticket *t = &o->tickets[k];
        size_t i = c->n_tickets++;
        c->ticket[i] = t->id;
        c->entered_ms[i] = t->entered_ms;
        c->entered_by[i] = t->entered_by;
        c->refund[i] = t->refund_id;
        moved |= t->entered_ms != t->stored_ms || t->entered_by != t->stored_by;
    }
    return moved;
}

static void put_claims(struct columns *c, const struct gate_order *o) {
    for (size_t k = 0; k < o->n_claims; k++) {
        if (!o->claims[k].changed) continue;
        size_t i = c->n_claims++;
        c->claim[i] = o->claims[k].id;
        c->admitted[i] = o->claims[k].admitted;
        c->conflict[i] = o->claims[k].conflict;
    }
}

static const char *payload_of(struct arena *a, const struct gate_order *o) {
    struct strbuf out;
    struct json_out json = {.b = &out};
    strbuf_init(&out, a, PAYLOAD_MAX);
    json_obj(&json, NULL);
    json_put_int(&json, "order_id", o->id);
    json_put_text(&json, "order_number", o->order_number);
    json_put_int(&json, "exhibition_id", o->exhibition_id);
    json_arr(&json, "entered");
    for (size_t i = 0; i < o->n_tickets; i++) {
        if (o->tickets[i].entered_ms == 0) continue;
        json_obj(&json, NULL);
        json_put_int(&json, "ticket", o->tickets[i].id);
        json_put_int(&json, "product", o->tickets[i].product_id);
        json_put_time(&json, "at", o->tickets[i].entered_ms);
        json_obj_end(&json);
    }
    json_arr_end(&json);
    json_obj_end(&json);
    return strbuf_ok(&out) ? out.data : NULL;
}

static bool put_order(struct columns *c, struct arena *a, struct gate_order *o) {
    size_t i = c->n_orders++;
    bool moved = put_tickets(c, o);
    put_claims(c, o);
    c->order[i] = o->id;
    c->version[i] = o->entries_version + moved;
    c->number[i] = o->order_number;
    c->payload[i] = moved ? payload_of(a, o) : NULL;
    return !moved || c->payload[i] != NULL;
}

static void saved(struct gate_order *o) {
    for (size_t i = 0; i < o->n_tickets; i++) {
        o->tickets[i].stored_ms = o->tickets[i].entered_ms;
        o->tickets[i].stored_by = o->tickets[i].entered_by;
    }
    for (size_t i = 0; i < o->n_claims; i++) o->claims[i].changed = false;
    o->changed = false;
}

static enum db_rc save(struct db *db, struct arena *a, const struct columns *c) {
    static const struct db_stmt stmt = {
        "orders_save",
        "WITH t AS (UPDATE tickets t SET entered_at = n.at, entered_by = n.by, refund_id = n.refund "
        "  FROM (SELECT id, to_timestamp(nullif(ms, 0) / 1000.0) AS at, nullif(scan, 0) AS by, refund "
        "        FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[]) u (id, ms, scan, refund)) n "
        "  WHERE t.id = n.id AND (t.entered_at, t.entered_by, t.refund_id) IS DISTINCT FROM (n.at, n.by, n.refund)), "
        "s AS (UPDATE scans s SET admitted = n.admitted, conflict = n.conflict "
        "  FROM unnest($5::bigint[], $6::bigint[], $7::text[]) n (id, admitted, conflict) WHERE s.id = n.id), "
        "o AS (UPDATE orders o SET entries_version = n.version, changed_in = pg_current_xact_id() "
        "  FROM unnest($8::bigint[], $9::bigint[]) n (id, version) WHERE o.id = n.id RETURNING o.id, o.exhibition_id), "
        "c AS (INSERT INTO changes (order_id, exhibition_id) SELECT id, exhibition_id FROM o ON CONFLICT DO NOTHING) "
        "INSERT INTO events (type, entity, version, payload) "
        "SELECT 'order.entered', n.number, n.version, n.payload::jsonb "
        "FROM unnest($10::text[], $9::bigint[], $11::text[]) n (number, version, payload) WHERE n.payload IS NOT NULL"};
    struct db_args args = db_args(a);
    db_arg_ints(&args, c->ticket, c->n_tickets);
    db_arg_ints(&args, c->entered_ms, c->n_tickets);
    db_arg_ints(&args, c->entered_by, c->n_tickets);
    db_arg_texts(&args, c->refund, c->n_tickets);
    db_arg_ints(&args, c->claim, c->n_claims);
    db_arg_ints(&args, c->admitted, c->n_claims);
    db_arg_texts(&args, c->conflict, c->n_claims);
    db_arg_ints(&args, c->order, c->n_orders);
    db_arg_ints(&args, c->version, c->n_orders);
    db_arg_texts(&args, c->number, c->n_orders);
    db_arg_texts(&args, c->payload, c->n_orders);
    return db_exec(db, &stmt, &args, NULL);
}

enum db_rc order_store_save(struct db *db, struct arena *a, struct gate_order *orders, size_t n) {
    struct columns c;
    if (!columns_init(&c, a, orders, n)) return DB_ERROR;
    for (size_t i = 0; i < n; i++)
        if (orders[i].changed && !put_order(&c, a, &orders[i])) return DB_ERROR;
    if (c.n_orders == 0) return DB_OK;
    enum db_rc rc = save(db, a, &c);
    if (rc != DB_OK) return rc;
    for (size_t i = 0; i < c.n_orders; i++) order_find(orders, n, c.order[i])->entries_version = c.version[i];
    for (size_t i = 0; i < n; i++) saved(&orders[i]);
    return DB_OK;
}

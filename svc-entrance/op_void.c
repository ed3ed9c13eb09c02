/* op_void - refunds take tickets out of use before money moves. They and scans change tickets under the lock of the order, so that a
 * person is inside or has their money back, never both. Fenced by the refund: the same answer however often it asks. */
#include <string.h>
#include "common/arena.h"
#include "common/body.h"
#include "common/effect.h"
#include "common/fault.h"
#include "op_gate.h"
#include "order_store.h"
#include "resettle.h"
#include "void_store.h"

#define REFUND_ID_MAX 64
#define ORDER_NUMBER_MAX 50
#define TICKETS_MAX 1000
#define ID_MAX (INT64_C(1) << 53)

struct wish {
    const char *refund_id, *order_number;
    int64_t *tickets;
    size_t n_tickets;
    bool not_entered; /* whichever of them are not inside, be it none */
};

static bool is_among(const int64_t *ids, size_t n, int64_t id) {
    for (size_t i = 0; i < n; i++)
        if (ids[i] == id) return true;
    return false;
}

static void read_void(struct json_in *in, void *arg) {
    struct wish *wish = arg;
    wish->refund_id = json_text(in, "refund_id", 1, REFUND_ID_MAX, JSON_REQUIRED);
    wish->order_number = json_text(in, "order_number", 1, ORDER_NUMBER_MAX, JSON_REQUIRED);
    wish->not_entered = json_bool(in, "not_entered", JSON_OPTIONAL);
    size_t n = json_array(in, "tickets", wish->not_entered ? 0 : 1, TICKETS_MAX, JSON_REQUIRED);
    wish->tickets = arena_alloc(in->arena, (n + 1) * sizeof *wish->tickets);
    for (size_t i = 0; wish->tickets != NULL && i < n; i++) {
        int64_t id = json_item_int(in, "tickets", i, 1, ID_MAX);
        if (!is_among(wish->tickets, wish->n_tickets, id)) wish->tickets[wish->n_tickets++] = id;
    }
}

static void read_unvoid(struct json_in *in, void *arg) {
    struct wish *wish = arg;
    wish->refund_id = json_text(in, "refund_id", 1, REFUND_ID_MAX, JSON_REQUIRED);
}

static bool all_among(const int64_t *of, size_t n_of, const int64_t *in, size_t n_in) {
    for (size_t i = 0; i < n_of; i++)
        if (!is_among(in, n_in, of[i])) return false;
    return true;
}

static void write_tickets(struct strbuf *out, const char *refund_id, const struct void_row *row) {
    struct json_out json = {.b = out};
    json_obj(&json, NULL);
    json_put_text(&json, "refund_id", refund_id);
    json_arr(&json, "tickets");
    for (size_t i = 0; i < row->n_tickets; i++) json_put_int(&json, NULL, row->tickets[i]);
    json_arr_end(&json);
    json_obj_end(&json);
}

/* ---- void ---- */

static enum status repeat(const struct wish *wish, const struct gate_order *o, const struct void_row *row) {
    bool same = row->order_id == o->id && all_among(row->tickets, row->n_tickets, wish->tickets, wish->n_tickets) &&
                (wish->not_entered || all_among(wish->tickets, wish->n_tickets, row->tickets, row->n_tickets));
    if (!same) return ST_IDEMPOTENCY_MISMATCH;
    return row->undone ? ST_INVALID_STATE : ST_OK;
}

static void write_entered(struct strbuf *out, const struct wish *wish, const struct gate_order *o) {
    struct json_out json = {.b = out};
    json_obj(&json, NULL);
    json_arr(&json, "entered");
    for (size_t i = 0; i < o->n_tickets; i++)
        if (o->tickets[i].entered_ms != 0 && is_among(wish->tickets, wish->n_tickets, o->tickets[i].id))
            json_put_int(&json, NULL, o->tickets[i].id);
    json_arr_end(&json);
    json_obj_end(&json);
}

/* One that booking has voided already may be taken, nobody enters with it; but not twice by refunds. */
static bool may_take(const struct wish *wish, const struct gate_ticket *t) {
    return t->entered_ms == 0 && t->refund_id == NULL && !(wish->not_entered && t->is_void);
}

/* Those that the refund gets are marked and put into the row. */
static enum status take(struct arena *a, const struct wish *wish, struct gate_order *o, struct void_row *row) {
    size_t known = 0, refused = 0;
    int64_t *taken = arena_alloc(a, (o->n_tickets + 1) * sizeof *taken);
    if (taken == NULL) return ST_BUSY;
    for (size_t i = 0; i < o->n_tickets; i++) {
        struct gate_ticket *t = &o->tickets[i];
        if (!is_among(wish->tickets, wish->n_tickets, t->id)) continue;
        known++;
        if (may_take(wish, t))
            taken[row->n_tickets++] = t->id;
        else
            refused++;
    }
    if (known < wish->n_tickets) return ST_BUSY; /* we have not heard of them yet */
    if (refused > 0 && !wish->not_entered) return ST_INVALID_STATE;
    *row = (struct void_row){.order_id = o->id, .tickets = taken, .n_tickets = row->n_tickets};
    for (size_t i = 0; i < o->n_tickets; i++)
        if (is_among(taken, row->n_tickets, o->tickets[i].id)) o->tickets[i].refund_id = wish->refund_id;
    o->changed = true;
    return ST_OK;
}

static void fault_before_commit(struct worker *w) {
    fault_hit("entrance.void.before");
    if (fault_hit("entrance.void.lost")) db_drop(w->db);
}

static enum db_rc void_tickets(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    const struct wish *wish = arg;
    struct arena *a = req->arena;
    struct gate_order *o;
    struct void_row row;
    int64_t id;
    size_t n;
    enum db_rc rc = order_store_id(w->db, a, wish->order_number, &id);
    if (rc == DB_OK && id == 0) *st = ST_BUSY; /* we have not heard of it yet */
    if (rc != DB_OK || id == 0) return rc;
    rc = order_store_lock(w->db, a, &id, 1, &o, &n);
    if (rc == DB_OK) rc = void_store_get(w->db, a, wish->refund_id, &row);
    if (rc != DB_OK) return rc;
    if (row.order_id != 0) {
        *st = repeat(wish, o, &row);
    } else {
        *st = take(a, wish, o, &row);
        if (*st == ST_OK) rc = void_store_put(w->db, a, wish->refund_id, &row);
        if (*st == ST_OK && rc == DB_OK) rc = order_store_save(w->db, a, o, 1);
    }
    if (rc != DB_OK) return rc;
    if (*st == ST_OK) write_tickets(out, wish->refund_id, &row);
    if (*st == ST_INVALID_STATE) write_entered(out, wish, o);
    fault_before_commit(w);
    return DB_OK;
}

enum status op_void(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct wish wish = {.n_tickets = 0};
    enum status st = body_read(req, false, read_void, &wish, out);
    if (st == ST_OK) st = wish.tickets != NULL ? effect_run(w, req, void_tickets, &wish, out) : ST_BUSY;
    if (st == ST_OK) fault_hit("entrance.void.after");
    return st;
}

/* ---- unvoid ---- */

/* Places that are free again may be those of people who went in by the code of the order. */
static enum db_rc give_back(struct worker *w, struct arena *a, const struct wish *wish, struct gate_order *o) {
    for (size_t i = 0; i < o->n_tickets; i++) {
        struct gate_ticket *t = &o->tickets[i];
        if (t->refund_id == NULL || strcmp(t->refund_id, wish->refund_id) != 0) continue;
        t->refund_id = NULL;
        t->gone = t->is_void;
    }
    o->changed = true;
    enum db_rc rc = resettle(w->db, a, o, 1);
    return rc == DB_OK ? void_store_undo(w->db, a, wish->refund_id) : rc;
}

static enum db_rc unvoid_tickets(struct worker *w, struct bus_req *req, void *arg, enum status *st,
                                 struct strbuf *out) {
    const struct wish *wish = arg;
    struct arena *a = req->arena;
    struct gate_order *o = NULL;
    struct void_row row;
    size_t n = 0;
    enum db_rc rc = void_store_get(w->db, a, wish->refund_id, &row);
    if (rc == DB_OK && row.order_id != 0) rc = order_store_lock(w->db, a, &row.order_id, 1, &o, &n);
    if (rc == DB_OK && n > 0) rc = void_store_get(w->db, a, wish->refund_id, &row); /* as it is under the lock */
    if (rc == DB_OK && n > 0 && !row.undone) rc = give_back(w, a, wish, o);
    if (rc != DB_OK) return rc;
    *st = ST_OK; /* of a refund that took nothing there is nothing to give back */
    write_tickets(out, wish->refund_id, &row);
    fault_before_commit(w);
    return DB_OK;
}

enum status op_unvoid(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct wish wish = {.n_tickets = 0};
    enum status st = body_read(req, false, read_unvoid, &wish, out);
    if (st == ST_OK) st = effect_run(w, req, unvoid_tickets, &wish, out);
    if (st == ST_OK) fault_hit("entrance.void.after");
    return st;
}

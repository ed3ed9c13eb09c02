#include <stdlib.h>
#include <string.h>
#include "caller.h"
#include "common/arena.h"
#include "common/body.h"
#include "common/effect.h"
#include "common/fault.h"
#include "entrance.h"
#include "keys.h"
#include "op_offline.h"
#include "order_store.h"
#include "settle.h"
#include "sync_store.h"

enum { TRIES = 3 };

struct upload { /* one call */
    struct worker *w;
    struct bus_req *req;
    struct caller caller;
    struct sync_batch batch;
    int64_t now_ms; /* of its first statement: one correction for all its rows */
    bool stored;    /* a part of it is committed */
};
struct item { /* a row on its way into the database */
    struct sync_row *row;
    struct scan_look look;
    struct scan_row scan;
    struct gate_order *order; /* NULL: not a code that we know */
    bool fresh;
};
struct group { /* rows of one transaction, with the orders they touch */
    struct upload *u;
    struct item *items;
    size_t n;
    struct gate_order *orders;
    size_t n_orders;
};

/* ---- one transaction ---- */

static enum db_rc lock_orders(struct group *g) {
    struct arena *a = g->u->req->arena;
    int64_t *ids = arena_alloc(a, (g->n + 1) * sizeof *ids);
    size_t n = 0;
    if (ids == NULL) return DB_ERROR;
    for (size_t i = 0; i < g->n; i++)
        if (g->items[i].row->ours) ids[n++] = g->items[i].row->code.order_id;
    enum db_rc rc = order_store_lock(g->u->w->db, a, ids, n, &g->orders, &g->n_orders);
    return rc == DB_OK ? order_store_claims(g->u->w->db, a, g->orders, g->n_orders) : rc;
}

/* After the locks: who brings the same scans at the same time has either not begun or is done. */
static enum db_rc look_up(struct group *g) {
    struct upload *u = g->u;
    const struct scan_look **looks = arena_alloc(u->req->arena, (g->n + 1) * sizeof *looks);
    int64_t now;
    if (looks == NULL) return DB_ERROR;
    for (size_t i = 0; i < g->n; i++) {
        struct item *it = &g->items[i];
        it->look = (struct scan_look){.scan_id = it->row->scan_id, .scanner = u->caller.scanner};
        code_id(it->row->qr_code, it->look.code_id);
        looks[i] = &it->look;
    }
    enum db_rc rc = scan_store_look(u->w->db, u->req->arena, (struct scan_look *const *)looks, g->n, &now);
    if (rc == DB_OK && u->now_ms == 0) u->now_ms = now;
    return rc;
}

/* An id that was used for another code is no scan. Whom we refused online, and who was let in because that answer did not arrive, is
 * news. */
static void sort_out(struct group *g) {
    for (size_t i = 0; i < g->n; i++) {
        struct item *it = &g->items[i];
        bool let_in_since = it->look.refused_ms != 0 && it->row->told == VERDICT_ALLOWED;
        if (it->look.repeated && !it->look.same) it->row->bad = "scan_id";
        it->fresh = it->row->bad == NULL && (!it->look.repeated || let_in_since);
    }
}

/* What is known of those that came before, as it stands after the others. */
static enum db_rc tell_again(struct group *g) {
    struct arena *a = g->u->req->arena;
    struct sync_row **again = arena_alloc(a, (g->n + 1) * sizeof *again);
    size_t n = 0;
    if (again == NULL) return DB_ERROR;
    for (size_t i = 0; i < g->n; i++)
        if (!g->items[i].fresh && g->items[i].row->bad == NULL) again[n++] = g->items[i].row;
    return sync_store_again(g->u->w->db, a, g->u->caller.scanner, again, n);
}

static void judge(struct upload *u, struct group *g, struct item *it) {
    struct sync_row *r = it->row;
    const struct caller *c = &u->caller;
    it->order = r->ours && it->look.code_known ? order_find(g->orders, g->n_orders, r->code.order_id) : NULL;
    const struct gate_order *o = it->order;
    int64_t place = o != NULL ? caller_place(c, o->exhibition_id, o->exhibition_code) : c->exhibition_id;
    it->scan = (struct scan_row){
        .id = it->look.id,
        .scan_id = r->scan_id,
        .exhibition_id = place,
        .device_id = caller_device(c, u->batch.device_id),
        .admin_id = c->admin_id,
        .scanned_ms = it->look.refused_ms != 0 ? it->look.refused_ms : sync_time(r, u->batch.sent_ms, u->now_ms),
        .offline = true,
        .verdict = r->told,
    };
    memcpy(it->scan.code_id, it->look.code_id, CODE_ID_LEN);
    it->fresh = it->scan.scanned_ms != 0;
    if (!it->fresh)
        r->bad = "scanned_at";
    else
        sync_judge(r, o, &it->look, place, u->now_ms, &it->scan);
}

/* The claims of an order with the new ones behind them. */
static bool add_claims(struct group *g, struct gate_order *o) {
    struct gate_claim *claims = arena_alloc(g->u->req->arena, (o->n_claims + g->n) * sizeof *claims);
    if (claims == NULL) return false;
    if (o->n_claims > 0) memcpy(claims, o->claims, o->n_claims * sizeof *claims);
    for (size_t i = 0; i < g->n; i++) {
        const struct item *it = &g->items[i];
        if (!it->fresh || !it->scan.claim || it->order != o) continue;
        claims[o->n_claims++] = (struct gate_claim){
            .id = it->scan.id,
            .scan_id = it->scan.scan_id,
            .scanner = g->u->caller.scanner,
            .ticket_id = it->scan.ticket_id,
            .scanned_ms = it->scan.scanned_ms,
            .count = it->scan.count,
            .breaks = it->scan.breaks,
        };
    }
    o->claims = claims;
    return true;
}

/* What settle() says of a new claim goes in with its row. */
static void take_outcome(const struct gate_order *o, struct item *it) {
    for (size_t i = 0; i < o->n_claims; i++) {
        struct gate_claim *c = &o->claims[i];
        if (c->id != it->scan.id) continue;
        it->scan.admitted = c->admitted;
        it->scan.conflict = c->conflict;
        c->changed = false;
    }
}

static enum db_rc decide(struct group *g) {
    for (size_t i = 0; i < g->n; i++)
        if (g->items[i].fresh) judge(g->u, g, &g->items[i]);
    for (size_t i = 0; i < g->n_orders; i++) {
        size_t before = g->orders[i].n_claims;
        if (!add_claims(g, &g->orders[i])) return DB_ERROR;
        if (g->orders[i].n_claims > before) settle(&g->orders[i]);
    }
    for (size_t i = 0; i < g->n; i++) {
        struct item *it = &g->items[i];
        if (!it->fresh) continue;
        if (it->scan.claim) take_outcome(it->order, it);
        it->row->conflict = it->scan.conflict;
        it->row->result = it->look.repeated           ? SYNC_DUPLICATE
                          : it->scan.conflict != NULL ? SYNC_CONFLICT
                                                      : SYNC_ACCEPTED;
        it->scan.answer = sync_result_name(it->row->result);
    }
    return DB_OK;
}

static int by_scan_id(const void *a, const void *b) {
    const struct scan_row *const *x = a, *const *y = b;
    return strcmp((*x)->scan_id, (*y)->scan_id);
}

/* In one order always: two uploads of the same scans must not wait for each other. */
static enum db_rc store(struct group *g) {
    struct worker *w = g->u->w;
    struct arena *a = g->u->req->arena;
    const struct scan_row **fresh = arena_alloc(a, (g->n + 1) * sizeof *fresh);
    enum db_rc rc = DB_OK;
    size_t n = 0;
    if (fresh == NULL) return DB_ERROR;
    for (size_t i = 0; rc == DB_OK && i < g->n; i++) {
        const struct item *it = &g->items[i];
        if (it->fresh && !it->look.repeated) fresh[n++] = &it->scan;
        if (it->fresh && it->look.repeated) rc = scan_store_let_in(w->db, a, &it->scan);
    }
    if (n > 0) qsort(fresh, n, sizeof *fresh, by_scan_id);
    if (rc == DB_OK) rc = scan_store_insert(w->db, a, fresh, n);
    return rc == DB_OK ? order_store_save(w->db, a, g->orders, g->n_orders) : rc;
}

/* What an attempt that came to nothing said of the rows is not true of the next one. */
static void forget(struct group *g) {
    for (size_t i = 0; i < g->n; i++) {
        struct sync_row *r = g->items[i].row;
        r->result = SYNC_REJECTED;
        r->bad = r->first = r->conflict = NULL;
        g->items[i] = (struct item){.row = r};
    }
}

static enum db_rc attempt(struct group *g) {
    struct db *db = g->u->w->db;
    forget(g);
    enum db_rc rc = db_begin(db);
    if (rc != DB_OK) return rc;
    rc = lock_orders(g);
    if (rc == DB_OK) rc = look_up(g);
    if (rc == DB_OK) sort_out(g);
    if (rc == DB_OK) rc = decide(g);
    if (rc == DB_OK) rc = store(g);
    if (rc == DB_OK) rc = tell_again(g);
    if (rc != DB_OK) {
        db_rollback(db);
        return rc;
    }
    fault_hit("entrance.sync.before");
    g->u->stored = true; /* or may be, which is the same to the caller */
    rc = db_commit(db);
    fault_hit("entrance.sync.after");
    if (!fault_hit("entrance.sync.lost")) return rc;
    db_drop(db);
    return DB_LOST;
}

static bool is_of_a_row(enum db_rc rc) { return rc == DB_UNIQUE || rc == DB_CHECK || rc == DB_ERROR; }

/* What SQL refuses is halved until the one row is found that it is about. */
static enum db_rc bring_in(struct upload *u, struct sync_row **rows, size_t n) {
    struct group g = {.u = u, .items = arena_alloc(u->req->arena, n * sizeof *g.items), .n = n};
    enum db_rc rc = g.items != NULL ? DB_RETRY : DB_TIMEOUT;
    for (size_t i = 0; rc == DB_RETRY && i < n; i++) g.items[i].row = rows[i];
    for (int i = 0; i < TRIES && (rc == DB_RETRY || rc == DB_UNIQUE); i++) rc = attempt(&g);
    if (!is_of_a_row(rc)) return rc;
    if (n == 1) {
        rows[0]->result = SYNC_REJECTED;
        rows[0]->bad = "";
        return DB_OK;
    }
    rc = bring_in(u, rows, n / 2);
    return rc == DB_OK ? bring_in(u, rows + n / 2, n - n / 2) : rc;
}

/* ---- the call ---- */

/* The first row of the same scan_id in this upload. */
static const struct sync_row *first_of(const struct sync_batch *b, const struct sync_row *r) {
    for (const struct sync_row *first = b->rows; first < r; first++)
        if (first->bad == NULL && strcmp(first->scan_id, r->scan_id) == 0) return first;
    return NULL;
}

static void repeat(const struct sync_row *first, struct sync_row *r) {
    r->bad = strcmp(first->qr_code, r->qr_code) == 0 ? first->bad : "scan_id";
    r->result = r->bad == NULL ? SYNC_DUPLICATE : SYNC_REJECTED;
    r->first = first->result == SYNC_DUPLICATE ? first->first : sync_result_name(first->result);
    r->conflict = first->conflict;
}

static enum status run(struct upload *u) {
    struct entrance *e = u->w->state;
    struct sync_batch *b = &u->batch;
    struct sync_row **rows = arena_alloc(u->req->arena, b->n * sizeof *rows);
    const struct sync_row **firsts = arena_alloc(u->req->arena, b->n * sizeof *firsts);
    size_t n = 0;
    if (rows == NULL || firsts == NULL) return ST_BUSY;
    for (size_t i = 0; i < b->n; i++) {
        struct sync_row *r = &b->rows[i];
        if (r->bad != NULL) continue;
        enum keys_word word = keys_check(e->keys, r->qr_code, &r->code);
        if (word == KEYS_UNSURE) return ST_BUSY;
        r->ours = word == KEYS_OURS;
        firsts[i] = first_of(b, r);
        if (firsts[i] == NULL) rows[n++] = r;
    }
    enum db_rc rc = n > 0 ? bring_in(u, rows, n) : DB_OK;
    if (rc != DB_OK) return u->stored ? ST_OUTCOME_UNKNOWN : effect_status(rc);
    for (size_t i = 0; i < b->n; i++)
        if (firsts[i] != NULL) repeat(firsts[i], &b->rows[i]);
    return ST_OK;
}

enum status op_sync(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct upload u = {.w = w, .req = req};
    struct json_faults faults = {.n = 0};
    enum status st = caller_find(w, req, &u.caller);
    if (st != ST_OK) return st;
    st = sync_read(req->arena, req->head.body, req->head.body_len, &faults, &u.batch);
    if (st == ST_VALIDATION_FAILED) return body_refuse_all(req, &faults, out);
    if (st != ST_OK) return st;
    if (caller_device(&u.caller, u.batch.device_id) == NULL) return ST_FORBIDDEN;
    st = run(&u);
    if (st == ST_OK) sync_write(&u.batch, req->head.lang, out);
    return st;
}

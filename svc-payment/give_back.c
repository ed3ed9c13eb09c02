#include "give_back.h"
#include <string.h>
#include "account.h"
#include "common/arena.h"
#include "common/audit.h"
#include "common/body.h"
#include "common/effect.h"
#include "common/log.h"
#include "common/timeutil.h"
#include "payment.h"
#include "refund.h"
#include "refund_store.h"

#define TICKET_MAX (INT64_C(1) << 53)
#define TRIES 3
#define FACT_MAX 32768

/* ---- reading ---- */

static void read_tickets(struct json_in *in, struct give_back *g) {
    size_t n = json_array(in, "tickets", 1, GIVE_BACK_MAX_TICKETS, JSON_OPTIONAL);
    int64_t *ids = arena_alloc(in->arena, (n + 1) * sizeof *ids);
    for (size_t i = 0; ids != NULL && i < n; i++) {
        ids[i] = json_item_int(in, "tickets", i, 1, TICKET_MAX);
        for (size_t k = 0; k < i; k++)
            if (ids[k] == ids[i]) json_bad(in, "tickets", BAD_DUPLICATE);
    }
    g->tickets = ids;
    g->n_tickets = ids != NULL ? n : 0;
}

void give_back_read(struct json_in *in, struct give_back *g) {
    g->reason = body_reason(in);
    read_tickets(in, g);
    g->has_account = account_read(in, &g->account);
}

bool give_back_allowed(const struct bus_req *req, const struct order_info *o) {
    return req->head.token == TOKEN_MANAGE && req->head.token_version == o->token_version;
}

/* ---- the quote ---- */

static bool by_staff(const struct give_back *g) { return strcmp(g->kind, "staff") == 0; }

static void write_entered(const struct quote *q, struct strbuf *out) {
    struct json_out json = {.b = out};
    json_obj(&json, NULL);
    json_put_ints(&json, "entered", q->entered, q->n_entered);
    json_obj_end(&json);
}

enum status give_back_quote(struct bus_req *req, struct order_info *o, const struct give_back *g,
                            const struct order_money *money, struct quote *q, struct strbuf *out) {
    const struct quote_wish wish = {
        .tickets = g->tickets,
        .n = g->n_tickets,
        .staff = by_staff(g),
        .waive_fee = g->waive_fee,
        .sales = money->attempt != 0 ? money->sales : o->total_amount,
    };
    quote_without(o, money->given, money->n_given);
    enum status st = quote_make(req->arena, o, &wish, date_seoul(time_now_ms()), q);
    if (st == ST_VALIDATION_FAILED) return body_refuse(req, "tickets", BAD_RANGE, out);
    if (st == ST_INVALID_STATE && q->n_entered > 0) write_entered(q, out);
    if (q->policy_broken)
        log_write(LOG_ERROR, &(struct log_ctx){.order_number = o->order_number},
                  "the refund policy of an order is none", NULL);
    return st;
}

/* ---- the effect ---- */

struct giving { /* one call, inside its transaction */
    struct worker *w;
    struct bus_req *req;
    struct give_back *g;
    struct strbuf *out;
};

static const char *sealed_account(const struct giving *x, const char *refund_id) {
    const struct payment *p = x->w->state;
    return x->g->has_account ? account_seal(x->req->arena, p->account_key, refund_id, &x->g->account) : NULL;
}

static void write_refund(const struct giving *x, const struct refund *r) {
    bool noted = refund_is(r, "noted");
    struct json_out json = {.b = x->out};
    json_obj(&json, NULL);
    json_put_text(&json, "order_number", r->order_number);
    json_put_text(&json, "status", x->g->order.status);
    json_put_text(&json, "payment_status", noted ? x->g->order.payment_status : "refunding");
    json_put_text(&json, "refund_id", r->refund_id);
    json_put_int(&json, "refund_amount", r->amount);
    json_put_int(&json, "fee", r->fee);
    json_obj_end(&json);
    x->g->begun = true;
}

static void sign(const struct giving *x, struct refund *r) {
    r->kind = x->g->kind;
    r->reason = x->g->reason;
    r->fee_waived = x->g->waive_fee;
    r->requested_by = x->req->head.user_id;
}

static const char *write_fact(const struct giving *x, const struct refund *r) {
    struct strbuf text;
    struct json_out json = {.b = &text};
    strbuf_init(&text, x->req->arena, FACT_MAX);
    json_obj(&json, NULL);
    json_put_text(&json, "refund_id", r->refund_id);
    json_put_int(&json, "amount", r->amount);
    json_put_int(&json, "fee", r->fee);
    json_put_bool(&json, "fee_waived", r->fee_waived);
    json_put_ints(&json, "tickets", r->tickets, r->n_tickets);
    json_put_text(&json, "refund_account", x->g->has_account ? "****" : NULL);
    json_obj_end(&json);
    return strbuf_ok(&text) ? text.data : NULL;
}

/* The fact that it was staff who asked; whoever ordered is told by the refund's own. */
static enum db_rc note_staff(const struct giving *x, const struct refund *r) {
    const struct order_info *o = &x->g->order;
    if (!by_staff(x->g)) return DB_OK;
    const struct audit fact = {.entity = r->order_number,
                               .version = r->saga.version + 1,
                               .exhibition_code = o->exhibition_code,
                               .before = arena_printf(x->req->arena, "{\"status\":\"%s\",\"payment_status\":\"%s\"}",
                                                      o->status, o->payment_status),
                               .after = write_fact(x, r),
                               .reason = x->g->reason};
    return fact.before != NULL && fact.after != NULL ? audit_emit(x->w->db, x->req, &fact) : DB_ERROR;
}

/* The fact, and the answer. */
static enum db_rc tell(const struct giving *x, const struct refund *r, enum status *st) {
    enum db_rc rc = note_staff(x, r);
    if (rc != DB_OK) return rc;
    write_refund(x, r);
    *st = ST_ACCEPTED;
    return DB_OK;
}

static enum db_rc store(const struct giving *x, struct refund *r, enum status *st) {
    const struct give_back *g = x->g;
    char *id = arena_alloc(x->req->arena, REFUND_ID_LEN + 1);
    if (id == NULL) return DB_ERROR;
    refund_new_id(id);
    r->refund_id = id;
    sign(x, r);
    r->order_number = g->order.order_number;
    r->exhibition_id = g->order.exhibition_id;
    r->account = sealed_account(x, id);
    if (g->has_account && r->account == NULL) return DB_ERROR;
    enum db_rc rc = refund_store_insert(x->w->db, x->req->arena, r);
    return rc == DB_OK ? tell(x, r, st) : rc;
}

/* ---- by the state of the order ---- */

/* Nothing is paid and nothing is under way: booking's to cancel, if anybody's. Nobody gives a part of a hold back; staff that names
 * an account for an order that is gone means money that we do not have. */
static enum db_rc give_unpaid(const struct giving *x, enum status *st) {
    const struct give_back *g = x->g;
    bool held = strcmp(g->order.status, "reserved") == 0;
    x->g->unpaid = by_staff(g) ? held || !g->has_account : g->n_tickets == 0;
    *st = ST_INVALID_STATE;
    return DB_OK;
}

/* The same wish once more. What was missing is taken from it, and what staff says counts. */
static enum db_rc note_again(const struct giving *x, struct refund *noted, enum status *st) {
    bool changes = false;
    if (x->g->has_account) {
        noted->account = sealed_account(x, noted->refund_id);
        if (noted->account == NULL) return DB_ERROR;
        changes = true;
    }
    if (by_staff(x->g)) {
        sign(x, noted);
        changes = true;
    }
    enum db_rc rc = changes ? refund_store_note(x->w->db, x->req->arena, noted) : DB_OK;
    return rc == DB_OK ? tell(x, noted, st) : rc;
}

/* A payment is under way: the wish waits for its end (steps_noted.c). */
static enum db_rc give_later(const struct giving *x, enum status *st) {
    struct refund *noted = NULL;
    bool reversed = x->g->order.n_tickets > 0 && strcmp(x->g->order.status, "awaiting_deposit") == 0;
    if (reversed || x->g->n_tickets > 0) { /* tickets that are suspended, or that there are not yet */
        *st = ST_INVALID_STATE;
        return DB_OK;
    }
    enum db_rc rc = refund_store_find(x->w->db, x->req->arena, x->g->order.order_number, "noted", &noted);
    if (rc != DB_OK) return rc;
    return noted != NULL ? note_again(x, noted, st) : store(x, &(struct refund){.saga = {.state = "noted"}}, st);
}

static enum db_rc give_paid(const struct giving *x, enum status *st) {
    struct give_back *g = x->g;
    struct order_money money;
    struct refund *noted = NULL;
    struct quote q;
    enum db_rc rc = refund_store_money(x->w->db, x->req->arena, g->order.order_number, &money);
    if (rc == DB_OK) rc = refund_store_find(x->w->db, x->req->arena, g->order.order_number, "noted", &noted);
    if (rc != DB_OK) return rc;
    if (money.attempt == 0 && g->n_tickets > 0) { /* our attempt is a moment behind its order */
        *st = ST_BUSY;
        return DB_OK;
    }
    if (money.attempt == 0 || noted != NULL) return give_later(x, st);
    *st = give_back_quote(x->req, &g->order, g, &money, &q, x->out);
    if (*st == ST_OK && g->quote_id != NULL && strcmp(g->quote_id, q.id) != 0) *st = ST_QUOTE_CHANGED;
    bool deposited = money.method != NULL && strcmp(money.method, "virtual_account") == 0;
    if (*st == ST_OK && deposited && q.amount > 0 && !g->has_account && !by_staff(g))
        *st = body_refuse(x->req, "refund_account", BAD_MISSING, x->out);
    if (*st != ST_OK) return DB_OK;
    g->has_account = g->has_account && deposited; /* what is not needed is not kept */
    struct refund r = {
        .saga = {.state = "requested"},
        .attempt = money.attempt,
        .tickets = q.tickets,
        .n_tickets = q.n,
        .amount = q.amount,
        .fee = q.fee,
        .policy_step = q.by_step ? quote_step_json(x->req->arena, &q) : NULL,
    };
    return store(x, &r, st);
}

static bool covers(const struct refund *r, const int64_t *tickets, size_t n) {
    size_t found = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < r->n_tickets; k++) found += tickets[i] == r->tickets[k];
    return found == n;
}

/* Refunds of the order that lacked an account get it. *given: there was one. */
static enum db_rc give_account(const struct giving *x, bool *given, enum status *st) {
    const struct give_back *g = x->g;
    struct db *db = x->w->db;
    struct refund *r = NULL;
    *given = false;
    if (!g->has_account || g->quote_id != NULL) return DB_OK;
    for (;;) {
        enum db_rc rc = refund_store_find(db, x->req->arena, g->order.order_number, "needs_account", &r);
        if (rc != DB_OK || r == NULL) return rc;
        if (!covers(r, g->tickets, g->n_tickets)) continue;
        const char *sealed = sealed_account(x, r->refund_id);
        rc = sealed != NULL ? refund_store_give_account(db, x->req->arena, r, sealed) : DB_ERROR;
        if (rc == DB_OK) rc = note_staff(x, r);
        if (rc != DB_OK) return rc;
        if (!*given) write_refund(x, r);
        *given = true;
        *st = ST_ACCEPTED;
    }
}

static enum db_rc give(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    static const struct {
        const char *status;
        enum db_rc (*give)(const struct giving *x, enum status *st);
    } ways[] = {
        {"reserved", give_unpaid},        {"cancelled", give_unpaid}, {"expired", give_unpaid},
        {"paying", give_later},           {"paid", give_paid},        {"partially_cancelled", give_paid},
        {"awaiting_deposit", give_later},
    };
    struct give_back *g = arg;
    const struct giving x = {w, req, g, out};
    bool given = false;
    g->begun = false;
    enum db_rc rc = refund_store_lock(w->db, req->arena, g->order.order_number);
    if (rc == DB_OK) rc = give_account(&x, &given, st);
    if (rc != DB_OK || given) return rc;
    *st = ST_INVALID_STATE;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        if (strcmp(ways[i].status, g->order.status) == 0) return ways[i].give(&x, st);
    return DB_OK;
}

/* ---- the call: booking is asked between transactions, since none may wait for anybody ---- */

static enum db_rc write_cancelled(struct worker *w, struct bus_req *req, void *arg, enum status *st,
                                  struct strbuf *out) {
    const struct give_back *g = arg;
    (void)w;
    (void)req;
    struct json_out json = {.b = out};
    json_obj(&json, NULL);
    json_put_text(&json, "order_number", g->order.order_number);
    json_put_text(&json, "status", "cancelled");
    json_obj_end(&json);
    *st = ST_OK;
    return DB_OK;
}

/* Of an order that is gone booking knows whether it was by this very call; who of the staff it was, it notes itself. */
static enum status cancel_unpaid(struct worker *w, struct bus_req *req, struct give_back *g, struct strbuf *out) {
    char key[37], body[37];
    bool repeated;
    if (by_staff(g)) return booking_pass_on(w->state, req, "order.patch", out);
    bus_idem(req, key, body);
    enum status st = booking_cancel_unpaid(w->state, req->arena, g->order.order_number, g->reason, key);
    if (st != ST_OK) return st;
    st = effect_run_once(w, req, write_cancelled, g, out, &repeated);
    return st == ST_BUSY ? ST_OUTCOME_UNKNOWN : st; /* it is done, which a repeat hears from booking */
}

static enum status read_order(struct worker *w, struct bus_req *req, struct give_back *g) {
    enum status st = booking_order(w->state, req->arena, g->order_number, g->order_id, &g->order);
    if (st != ST_OK) return st;
    if (!by_staff(g)) return give_back_allowed(req, &g->order) ? ST_OK : ST_TOKEN_REQUIRED;
    if (!bus_in_scope(req, g->order.exhibition_code)) return ST_NOT_FOUND;
    return bus_may(req, "cancel") ? ST_OK : ST_FORBIDDEN;
}

enum status give_back(struct worker *w, struct bus_req *req, struct give_back *g, struct strbuf *out) {
    bool moved = true, repeated; /* a payment may begin after we have read that none has */
    enum status st = ST_BUSY;
    for (int i = 0; moved && i < TRIES; i++) {
        st = read_order(w, req, g);
        if (st != ST_OK) return st;
        g->unpaid = false;
        st = effect_run_once(w, req, give, g, out, &repeated);
        if (g->unpaid) st = cancel_unpaid(w, req, g, out);
        moved = st == ST_INVALID_STATE && strcmp(g->order.status, "reserved") == 0;
    }
    return st;
}

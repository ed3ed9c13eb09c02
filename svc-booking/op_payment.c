#include "op_payment.h"
#include <string.h>
#include "common/arena.h"
#include "common/effect.h"
#include "common/fault.h"
#include "common/json.h"
#include "common/timeutil.h"
#include "payment_store.h"

#define MAX_AMOUNT INT64_C(100000000000)
#define MAX_TICKETS 1000
#define MAX_PAGE 500

struct call { /* what one call said and what came of it */
    const char *attempt_id, *order_number, *method, *key, *reason, *reverses, *payment_status;
    int64_t amount, due_ms, from_ms, to_ms;
    int64_t tickets[MAX_TICKETS];
    size_t n_tickets;
    struct order_moved moved;
    const char *verdict;
};

enum field {
    F_ATTEMPT = 1,
    F_ORDER = 2,
    F_AMOUNT = 4,
    F_METHOD = 8,
    F_KEY = 16,
    F_REASON = 32,
    F_DUE = 64,
    F_REVERSES = 128,
    F_TICKETS = 256,
    F_PAYMENT_STATUS = 512,
    F_FROM = 1024,
    F_TO = 2048
};

static const struct text_field {
    enum field bit;
    const char *name;
    size_t max;
    size_t offset;
} text_fields[] = {
    {F_ATTEMPT, "attempt_id", 64, offsetof(struct call, attempt_id)},
    {F_ORDER, "order_number", 50, offsetof(struct call, order_number)},
    {F_METHOD, "payment_method", 50, offsetof(struct call, method)},
    {F_KEY, "payment_key", 200, offsetof(struct call, key)},
    {F_REASON, "reason", 200, offsetof(struct call, reason)},
    {F_REVERSES, "reverses", 64, offsetof(struct call, reverses)},
    {F_PAYMENT_STATUS, "payment_status", 50, offsetof(struct call, payment_status)},
};

static const struct time_field {
    enum field bit;
    const char *name;
    size_t offset;
} time_fields[] = {
    {F_DUE, "due", offsetof(struct call, due_ms)},
    {F_FROM, "from", offsetof(struct call, from_ms)},
    {F_TO, "to", offsetof(struct call, to_ms)},
};

static void read_time(struct json_in *in, const char *name, enum json_need need, int64_t *ms) {
    const char *text = json_text(in, name, 1, 40, need);
    if (text != NULL && !time_parse_rfc3339(text, ms)) json_bad(in, name, BAD_FORMAT);
}

static bool known_payment_status(const char *text) {
    static const char *const after_release[] = {"refunding", "partially_refunded", "refunded"};
    for (size_t i = 0; i < sizeof after_release / sizeof *after_release; i++)
        if (strcmp(after_release[i], text) == 0) return true;
    return false;
}

static void read_fields(struct json_in *in, unsigned required, unsigned optional, struct call *c) {
    for (size_t i = 0; i < sizeof text_fields / sizeof *text_fields; i++) {
        const struct text_field *f = &text_fields[i];
        if ((required | optional) & f->bit)
            *(const char **)((char *)c + f->offset) =
                json_text(in, f->name, 1, f->max, required & f->bit ? JSON_REQUIRED : JSON_OPTIONAL);
    }
    if (c->payment_status != NULL && !known_payment_status(c->payment_status))
        json_bad(in, "payment_status", BAD_FORMAT);
    for (size_t i = 0; i < sizeof time_fields / sizeof *time_fields; i++) {
        const struct time_field *f = &time_fields[i];
        if ((required | optional) & f->bit)
            read_time(in, f->name, required & f->bit ? JSON_REQUIRED : JSON_OPTIONAL,
                      (int64_t *)(void *)((char *)c + f->offset));
    }
    if (required & F_AMOUNT) c->amount = json_int(in, "amount", 0, MAX_AMOUNT, JSON_REQUIRED);
    if (optional & F_TICKETS) {
        c->n_tickets = json_array(in, "tickets", 1, MAX_TICKETS, JSON_OPTIONAL);
        for (size_t i = 0; i < c->n_tickets; i++) c->tickets[i] = json_item_int(in, "tickets", i, 1, INT64_C(1) << 53);
    }
}

static enum status read_call(struct bus_req *req, struct strbuf *out, unsigned required, unsigned optional,
                             struct call *c) {
    struct json_faults faults = {.n = 0};
    struct json_in in;
    enum status st = json_open(&in, req->arena, &faults, req->head.body, req->head.body_len, false);
    if (st == ST_OK) {
        read_fields(&in, required, optional, c);
        json_end(&in);
        st = faults.n == 0 ? ST_OK : ST_VALIDATION_FAILED;
    }
    if (st == ST_VALIDATION_FAILED) json_faults_write(&faults, req->head.lang, out);
    return st;
}

/* ---- shared steps ---- */

static const char *column_changes(struct arena *a, const struct call *c, int64_t expires_ms) {
    struct strbuf b;
    struct json_out json = {.b = &b};
    strbuf_init(&b, a, 1024);
    json_obj(&json, NULL);
    if (c->method != NULL) json_put_text(&json, "payment_method", c->method);
    if (c->key != NULL) json_put_text(&json, "payment_key", c->key);
    if (c->payment_status != NULL) json_put_text(&json, "payment_status", c->payment_status);
    if (expires_ms != 0) json_put_time(&json, "expires_at", expires_ms);
    json_obj_end(&json);
    return b.data;
}

static enum db_rc move(struct worker *w, struct bus_req *req, struct call *c, int64_t id, enum order_status to,
                       const char *reason, int64_t expires_ms) {
    struct order_move m = {.id = id,
                           .to = to,
                           .reason = reason,
                           .tickets = c->tickets,
                           .n_tickets = c->n_tickets,
                           .set = column_changes(req->arena, c, expires_ms)};
    if (to != ORDER_PARTIALLY_CANCELLED) m.n_tickets = 0;
    return order_store_move(w->db, req->arena, &m, &c->moved);
}

/* Ends the call with the order as it now is. */
static enum db_rc tell_order(struct worker *w, struct bus_req *req, const struct call *c, const char *number,
                             enum status *st, struct strbuf *out) {
    struct order_row *o = NULL;
    enum db_rc rc = order_store_get(w->db, req->arena, number, &o);
    if (rc != DB_OK || o == NULL) return rc == DB_OK ? DB_ERROR : rc;
    struct json_out json = {.b = out};
    json_obj(&json, NULL);
    json_put_text(&json, "order_number", o->number);
    json_put_text(&json, "status", order_status_name(o->status));
    json_put_text(&json, "payment_status", o->payment_status);
    json_put_int(&json, "total_amount", o->total_amount);
    json_put_time(&json, "expires_at", o->expires_ms);
    json_put_text(&json, "verdict", c->verdict);
    json_obj_end(&json);
    *st = ST_OK;
    return DB_OK;
}

static enum db_rc end_attempt(struct worker *w, struct bus_req *req, struct call *c, const char *verdict) {
    c->verdict = verdict;
    return payment_store_end(w->db, req->arena, c->attempt_id, verdict);
}

/* Locks attempt and order. *order stays NULL and the call is answered when the attempt has ended or is unknown. */
static enum db_rc open_attempt(struct worker *w, struct bus_req *req, struct call *c, struct attempt_row **attempt,
                               struct order_row **order, enum status *st, struct strbuf *out) {
    enum db_rc rc = payment_store_lock(w->db, req->arena, c->attempt_id, attempt);
    *order = NULL;
    if (rc != DB_OK) return rc;
    if (*attempt == NULL) {
        *st = ST_NOT_FOUND;
        return DB_OK;
    }
    c->verdict = (*attempt)->verdict;
    if (c->verdict != NULL) return tell_order(w, req, c, (*attempt)->order_number, st, out);
    return order_store_lock(w->db, req->arena, (*attempt)->order_number, order);
}

/* ---- the effects, each inside one transaction ---- */

static enum db_rc begin_payment(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    struct call *c = arg;
    struct attempt_row *attempt;
    struct order_row *o = NULL;
    enum db_rc rc = payment_store_lock(w->db, req->arena, c->attempt_id, &attempt);
    if (rc == DB_OK && attempt != NULL) { /* begun before, perhaps ended */
        c->verdict = attempt->verdict;
        if (strcmp(attempt->order_number, c->order_number) == 0 && attempt->amount == c->amount)
            return tell_order(w, req, c, c->order_number, st, out);
        *st = ST_IDEMPOTENCY_MISMATCH;
        return DB_OK;
    }
    if (rc == DB_OK) rc = order_store_lock(w->db, req->arena, c->order_number, &o);
    if (rc != DB_OK) return rc;
    *st = o == NULL                      ? ST_NOT_FOUND
          : o->status == ORDER_EXPIRED   ? ST_ORDER_EXPIRED
          : o->status != ORDER_RESERVED  ? ST_INVALID_STATE
          : o->total_amount != c->amount ? ST_AMOUNT_MISMATCH
                                         : ST_OK;
    if (*st != ST_OK) return DB_OK;
    rc = move(w, req, c, o->id, ORDER_PAYING, "payment begins", 0);
    if (rc == DB_OK) rc = payment_store_begin(w->db, req->arena, c->attempt_id, o->id, c->amount);
    return rc == DB_OK ? tell_order(w, req, c, c->order_number, st, out) : rc;
}

/* An order of 0 won is paid without a provider: its attempt begins and ends here. */
static enum db_rc mark_free(struct worker *w, struct bus_req *req, struct call *c, enum status *st,
                            struct strbuf *out) {
    struct order_row *o = NULL;
    enum db_rc rc = c->order_number == NULL ? DB_OK : order_store_lock(w->db, req->arena, c->order_number, &o);
    if (rc != DB_OK) return rc;
    *st = o == NULL                                ? ST_NOT_FOUND
          : o->total_amount != 0 || c->amount != 0 ? ST_AMOUNT_MISMATCH
          : o->status == ORDER_EXPIRED             ? ST_ORDER_EXPIRED
          : o->status != ORDER_RESERVED            ? ST_INVALID_STATE
                                                   : ST_OK;
    if (*st != ST_OK) return DB_OK;
    rc = payment_store_begin(w->db, req->arena, c->attempt_id, o->id, 0);
    if (rc == DB_OK) rc = move(w, req, c, o->id, ORDER_PAID, "nothing to pay", 0);
    if (rc == DB_OK) rc = end_attempt(w, req, c, "paid");
    return rc == DB_OK ? tell_order(w, req, c, o->number, st, out) : rc;
}

static enum db_rc mark_paid(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    struct call *c = arg;
    struct attempt_row *attempt;
    struct order_row *o;
    enum db_rc rc = open_attempt(w, req, c, &attempt, &o, st, out);
    if (rc == DB_OK && attempt == NULL) return mark_free(w, req, c, st, out);
    if (rc != DB_OK || o == NULL) return rc;
    if (c->amount != attempt->amount) {
        *st = ST_AMOUNT_MISMATCH;
        return DB_OK;
    }
    /* Whatever became of the order meanwhile: if it can still be had, it is paid; else the money goes back. */
    c->moved.outcome = ORDER_ILLEGAL;
    if (order_can_move(o->status, ORDER_PAID)) rc = move(w, req, c, o->id, ORDER_PAID, "payment came", 0);
    if (rc == DB_OK) rc = end_attempt(w, req, c, c->moved.outcome == ORDER_MOVED ? "paid" : "refund");
    return rc == DB_OK ? tell_order(w, req, c, o->number, st, out) : rc;
}

/* A deposit that was taken back: the order waits for a new one under a new attempt. */
static enum db_rc reverse_deposit(struct worker *w, struct bus_req *req, struct call *c, struct order_row **o,
                                  enum status *st) {
    struct attempt_row *reversed;
    enum db_rc rc = payment_store_lock(w->db, req->arena, c->reverses, &reversed);
    if (rc != DB_OK) return rc;
    if (reversed == NULL || reversed->verdict == NULL || strcmp(reversed->verdict, "paid") != 0) {
        *st = reversed == NULL ? ST_NOT_FOUND : ST_INVALID_STATE;
        return DB_OK;
    }
    rc = order_store_lock(w->db, req->arena, reversed->order_number, o);
    if (rc == DB_OK && *o != NULL && (*o)->status != ORDER_PAID) {
        *st = ST_INVALID_STATE;
        *o = NULL;
    }
    if (rc == DB_OK && *o != NULL)
        rc = payment_store_begin(w->db, req->arena, c->attempt_id, (*o)->id, reversed->amount);
    return rc;
}

static enum db_rc await_deposit(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    struct call *c = arg;
    struct attempt_row *attempt;
    struct order_row *o;
    enum db_rc rc = open_attempt(w, req, c, &attempt, &o, st, out);
    if (rc == DB_OK && attempt == NULL && c->reverses != NULL) rc = reverse_deposit(w, req, c, &o, st);
    if (rc != DB_OK || o == NULL) return rc;
    if (o->status == ORDER_AWAITING_DEPOSIT) /* told before */
        return tell_order(w, req, c, o->number, st, out);
    if (o->status != ORDER_PAYING && o->status != ORDER_PAID) {
        *st = o->status == ORDER_EXPIRED ? ST_ORDER_EXPIRED : ST_INVALID_STATE;
        return DB_OK;
    }
    int64_t due = c->due_ms != 0 ? c->due_ms : time_now_ms() + o->deposit_hours * 3600 * 1000;
    rc = move(w, req, c, o->id, ORDER_AWAITING_DEPOSIT, c->reverses == NULL ? "account issued" : "deposit reversed",
              due);
    return rc == DB_OK ? tell_order(w, req, c, o->number, st, out) : rc;
}

static enum db_rc payment_failed(struct worker *w, struct bus_req *req, void *arg, enum status *st,
                                 struct strbuf *out) {
    struct call *c = arg;
    struct attempt_row *attempt;
    struct order_row *o;
    enum db_rc rc = open_attempt(w, req, c, &attempt, &o, st, out);
    if (rc != DB_OK || o == NULL) return rc;
    if (o->status == ORDER_PAYING)
        rc = move(w, req, c, o->id, ORDER_RESERVED, c->reason, 0);
    else if (o->status == ORDER_AWAITING_DEPOSIT)
        rc = move(w, req, c, o->id, ORDER_EXPIRED, c->reason, 0);
    if (rc == DB_OK && c->moved.outcome != ORDER_MOVED) { /* somebody is inside on a deposit that was taken back */
        *st = ST_INVALID_STATE;
        return DB_OK;
    }
    if (rc == DB_OK) rc = end_attempt(w, req, c, "failed");
    return rc == DB_OK ? tell_order(w, req, c, o->number, st, out) : rc;
}

static enum db_rc release(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    struct call *c = arg;
    struct order_row *o = NULL;
    int64_t named = 0, remaining = 0;
    enum db_rc rc = order_store_lock(w->db, req->arena, c->order_number, &o);
    if (rc == DB_OK && (o == NULL || (o->status != ORDER_PAID && o->status != ORDER_PARTIALLY_CANCELLED))) {
        *st = o == NULL ? ST_NOT_FOUND : ST_INVALID_STATE;
        return DB_OK;
    }
    if (rc == DB_OK && c->n_tickets > 0)
        rc = payment_store_remaining(w->db, req->arena, o->id, c->tickets, c->n_tickets, &named, &remaining);
    if (rc == DB_OK && named != (int64_t)c->n_tickets) {
        *st = ST_INVALID_STATE;
        return DB_OK;
    }
    if (rc == DB_OK)
        rc = move(w, req, c, o->id, remaining > 0 ? ORDER_PARTIALLY_CANCELLED : ORDER_CANCELLED, c->reason, 0);
    if (rc != DB_OK) return rc;
    if (c->moved.outcome != ORDER_MOVED) {
        *st = ST_INVALID_STATE;
        return DB_OK;
    }
    return tell_order(w, req, c, o->number, st, out);
}

static enum db_rc extend_holds(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    struct call *c = arg;
    int64_t n = 0;
    enum db_rc rc = payment_store_extend(w->db, req->arena, c->from_ms, c->to_ms, &n);
    struct json_out json = {.b = out};
    json_obj(&json, NULL);
    json_put_int(&json, "extended", n);
    json_obj_end(&json);
    *st = ST_OK;
    return rc;
}

/* ---- the calls ---- */

static const struct payment_op {
    unsigned required, optional;
    bool keyed; /* by the request's key; attempts are their own key */
    effect_fn effect;
    const char *before, *after; /* fault points around the commit */
} begin_op = {F_ATTEMPT | F_ORDER | F_AMOUNT, 0, false, begin_payment, "booking.begin_payment.before",
              "booking.begin_payment.after"},
  paid_op = {F_ATTEMPT | F_AMOUNT,       F_ORDER | F_METHOD | F_KEY, false, mark_paid,
             "booking.mark_paid.before", "booking.mark_paid.after"},
  deposit_op = {F_ATTEMPT,     F_DUE | F_METHOD | F_KEY | F_REVERSES, false,
                await_deposit, "booking.await_deposit.before",        "booking.await_deposit.after"},
  failed_op = {F_ATTEMPT | F_REASON,          0, false, payment_failed, "booking.payment_failed.before",
               "booking.payment_failed.after"},
  release_op = {F_ORDER | F_REASON,       F_TICKETS | F_PAYMENT_STATUS, true, release,
                "booking.release.before", "booking.release.after"},
  extend_op = {F_FROM | F_TO, 0, true, extend_holds, "booking.extend_holds.before", "booking.extend_holds.after"};

struct staged { /* the effect, then the fault point that stands before its commit */
    const struct payment_op *op;
    struct call *call;
};

static enum db_rc run_staged(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    struct staged *s = arg;
    memset(&s->call->moved, 0, sizeof s->call->moved);
    enum db_rc rc = s->op->effect(w, req, s->call, st, out);
    fault_hit(s->op->before);
    return rc;
}

static enum status run(const struct payment_op *op, struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct call *c = arena_alloc(req->arena, sizeof *c);
    struct staged staged = {op, c};
    bool repeated = false;
    if (c == NULL) return ST_BUSY;
    enum status st = read_call(req, out, op->required, op->optional, c);
    if (st != ST_OK) return st;
    st = op->keyed ? effect_run_once(w, req, run_staged, &staged, out, &repeated)
                   : effect_run(w, req, run_staged, &staged, out);
    if (st == ST_OK && !repeated) {
        fault_hit(op->after);
        booking_pools_changed(w->state, c->moved.pools, c->moved.n_pools);
    }
    return st;
}

enum status op_begin_payment(struct worker *w, struct bus_req *req, struct strbuf *out) {
    return run(&begin_op, w, req, out);
}

enum status op_mark_paid(struct worker *w, struct bus_req *req, struct strbuf *out) {
    return run(&paid_op, w, req, out);
}

enum status op_await_deposit(struct worker *w, struct bus_req *req, struct strbuf *out) {
    return run(&deposit_op, w, req, out);
}

enum status op_payment_failed(struct worker *w, struct bus_req *req, struct strbuf *out) {
    return run(&failed_op, w, req, out);
}

enum status op_release(struct worker *w, struct bus_req *req, struct strbuf *out) {
    return run(&release_op, w, req, out);
}

enum status op_extend_holds(struct worker *w, struct bus_req *req, struct strbuf *out) {
    return run(&extend_op, w, req, out);
}

static enum status read_page(struct bus_req *req, struct strbuf *out, int64_t *older, int64_t *after, int64_t *limit) {
    struct json_faults faults = {.n = 0};
    struct json_in in;
    enum status st = json_open(&in, req->arena, &faults, req->head.body, req->head.body_len, true);
    if (st == ST_OK) {
        *older = json_int(&in, "older_than_seconds", 0, 86400 * 365, JSON_OPTIONAL);
        *after = json_int(&in, "after", 0, INT64_C(1) << 53, JSON_OPTIONAL);
        *limit = json_int(&in, "limit", 1, MAX_PAGE, JSON_OPTIONAL);
        json_end(&in);
        st = faults.n == 0 ? ST_OK : ST_VALIDATION_FAILED;
    }
    if (st == ST_VALIDATION_FAILED) json_faults_write(&faults, req->head.lang, out);
    return st;
}

enum status op_list_paying(struct worker *w, struct bus_req *req, struct strbuf *out) {
    int64_t older = 0, after = 0, limit = 0;
    struct paying_row *rows = NULL;
    size_t n = 0;
    enum status st = read_page(req, out, &older, &after, &limit);
    if (st != ST_OK) return st;
    limit = limit == 0 ? MAX_PAGE : limit;
    enum db_rc rc = payment_store_list(w->db, req->arena, older, after, limit, &rows, &n);
    if (rc != DB_OK) return effect_status(rc);
    struct json_out json = {.b = out};
    json_obj(&json, NULL);
    json_arr(&json, "orders");
    for (size_t i = 0; i < n; i++) {
        json_obj(&json, NULL);
        json_put_text(&json, "order_number", rows[i].order_number);
        json_put_text(&json, "status", rows[i].status);
        json_put_text(&json, "attempt_id", rows[i].attempt_id);
        json_put_int(&json, "amount", rows[i].amount);
        json_put_time(&json, "begun_at", rows[i].begun_ms);
        json_obj_end(&json);
    }
    json_arr_end(&json);
    if (n == (size_t)limit)
        json_put_int(&json, "next_after", rows[n - 1].id);
    else
        json_put_null(&json, "next_after");
    json_obj_end(&json);
    return ST_OK;
}

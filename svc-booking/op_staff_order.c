#include <string.h>

#include "booking.h"
#include "common/arena.h"
#include "common/audit.h"
#include "common/effect.h"
#include "common/mask.h"
#include "common/rights.h"
#include "op_staff.h"
#include "order_store.h"
#include "staff.h"
#include "staff_order_query.h"

enum { PAGE_DEFAULT = 50, PAGE_MAX = 200, MEMO_MAX = 2000 };

/* ---- list ---- */

static void put_summary(struct json_out *o, struct arena *a, const struct staff_order *r) {
    json_put_int(o, "id", r->id);
    json_put_text(o, "order_number", r->number);
    json_put_text(o, "exhibition_code", r->code);
    json_put_text(o, "customer_name", mask_name(a, r->name));
    json_put_text(o, "customer_phone", mask_phone(a, r->phone));
    json_put_int(o, "total_amount", r->total_amount);
    json_put_text(o, "status", r->status);
    json_put_text(o, "payment_status", r->payment_status);
    json_put_text(o, "payment_method", r->payment_method);
    json_put_text(o, "visit_date", r->visit_date);
    json_put_time(o, "created_at", r->created_us / 1000);
}

enum status op_staff_order_list(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct staff_order_query q;
    struct staff_order *orders;
    bool more;
    size_t n;
    enum status st = staff_order_query_read(req, PAGE_DEFAULT, PAGE_MAX, &q, out);
    if (st == ST_OK) st = staff_codes(w, req, &q.codes, &q.n_codes);
    if (st != ST_OK) return st;
    enum db_rc rc = staff_order_list(w->db, req->arena, &q, &orders, &n, &more);
    if (rc != DB_OK) return effect_status(rc);
    struct json_out o = {.b = out};
    json_obj(&o, NULL);
    json_arr(&o, "orders");
    for (size_t i = 0; i < n; i++) {
        json_obj(&o, NULL);
        put_summary(&o, req->arena, &orders[i]);
        json_obj_end(&o);
    }
    json_arr_end(&o);
    json_put_text(&o, "next_cursor", more ? staff_order_cursor(req->arena, &orders[n - 1]) : NULL);
    json_obj_end(&o);
    return ST_OK;
}

/* ---- one order ---- */

/* A code opens the gate: who only looks does not get it, whatever the call. */
static bool may_see_code(const struct bus_req *req) {
    return (rights_of_part("booking", "order.detail", "code") & req->head.role) != 0;
}

static void put_detail(struct strbuf *out, const struct bus_req *req, const struct staff_order *r) {
    struct json_out o = {.b = out};
    json_obj(&o, NULL);
    put_summary(&o, req->arena, r);
    json_put_raw(&o, "items", r->items ? r->items : "[]");
    json_put_raw(&o, "slot", r->slot ? r->slot : "null");
    json_put_time(&o, "expires_at", r->expires_ms);
    json_put_text(&o, "payment_key", r->payment_key);
    json_put_text(&o, "qr_code", may_see_code(req) ? r->qr_code : NULL);
    json_put_bool(&o, "entrance_checked", r->entrance_checked);
    json_put_time(&o, "entrance_time", r->entrance_ms);
    json_put_text(&o, "memo", r->memo);
    json_put_raw(&o, "history", r->history);
    json_obj_end(&o);
}

/* NULL in *order and NOT_FOUND when there is none, or not for this caller. */
static enum db_rc get_visible(struct worker *w, struct bus_req *req, int64_t id, bool lock, struct staff_order **order,
                              enum status *st) {
    enum db_rc rc = staff_order_get(w->db, req->arena, id, lock, order);
    if (rc == DB_OK && (!*order || !bus_in_scope(req, (*order)->code))) {
        *order = NULL;
        *st = ST_NOT_FOUND;
    }
    return rc;
}

enum status op_staff_order_detail(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct staff_order *order = NULL;
    enum status st = ST_OK;
    int64_t id;
    if (!bus_param_id(req, INT64_MAX, &id)) return ST_NOT_FOUND;
    enum db_rc rc = get_visible(w, req, id, false, &order, &st);
    if (rc != DB_OK) return effect_status(rc);
    if (order) put_detail(out, req, order);
    return st;
}

/* ---- changing ---- */

struct patch {
    int64_t id;
    enum order_status to; /* with a reason */
    const char *reason;   /* NULL: the memo is changed */
    const char *memo;
    struct order_moved moved;
};

static enum db_rc tell(struct worker *w, struct bus_req *req, const struct staff_order *o, int64_t version,
                       const char *before, const char *after, const char *reason) {
    const struct audit fact = {.entity = o->number,
                               .version = version,
                               .exhibition_code = o->code,
                               .before = before,
                               .after = after,
                               .reason = reason};
    return audit_emit(w->db, req, &fact);
}

static enum db_rc cancel(struct worker *w, struct bus_req *req, struct patch *p, const struct staff_order *o,
                         enum status *st) {
    /* Once money may be on its way, undoing is the payment's. */
    if (p->to != ORDER_CANCELLED || strcmp(o->status, order_status_name(ORDER_RESERVED)) != 0) {
        *st = ST_INVALID_STATE;
        return DB_OK;
    }
    const struct order_move move = {.id = p->id, .to = ORDER_CANCELLED, .reason = p->reason};
    enum db_rc rc = order_store_move(w->db, req->arena, &move, &p->moved);
    if (rc == DB_OK && p->moved.outcome != ORDER_MOVED) *st = ST_INVALID_STATE;
    if (rc != DB_OK || *st != ST_OK) return rc;
    return tell(w, req, o, o->version + 1, "{\"status\":\"reserved\"}", "{\"status\":\"cancelled\"}", p->reason);
}

/* A memo may name people: the fact says only that there is one. */
static const char *memo_fact(const char *memo) { return memo ? "{\"memo\":\"****\"}" : "{\"memo\":null}"; }

static enum db_rc patch(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    struct patch *p = arg;
    struct staff_order *before, *after;
    int64_t version = 0;
    *st = ST_OK;
    enum db_rc rc = get_visible(w, req, p->id, true, &before, st);
    if (rc != DB_OK || !before) return rc;
    if (p->reason) {
        rc = cancel(w, req, p, before, st);
    } else {
        rc = staff_order_set_memo(w->db, req->arena, p->id, p->memo, &version);
        if (rc == DB_OK) rc = tell(w, req, before, version, memo_fact(before->memo), memo_fact(p->memo), NULL);
    }
    if (rc != DB_OK || *st != ST_OK) return rc;
    rc = staff_order_get(w->db, req->arena, p->id, false, &after);
    if (rc == DB_OK && after) put_detail(out, req, after);
    return rc;
}

static enum status read_patch(struct bus_req *req, struct patch *p, struct strbuf *out) {
    struct json_faults faults;
    struct json_in in;
    enum status st = staff_body(req, &in, &faults, out);
    if (st != ST_OK) return st;
    if (json_has(&in, "memo") || json_is_null(&in, "memo")) {
        p->memo = json_text(&in, "memo", 0, MEMO_MAX, JSON_OPTIONAL);
        if (p->memo && !*p->memo) p->memo = NULL;
    } else {
        const char *status = json_text(&in, "status", 1, 50, JSON_REQUIRED);
        if (status && !order_status_parse(status, &p->to)) json_bad(&in, "status", BAD_FORMAT);
        p->reason = body_reason(&in);
        json_bool(&in, "waive_fee", JSON_OPTIONAL); /* an unpaid order has no fee */
    }
    json_end(&in);
    if (faults.n) return body_refuse_all(req, &faults, out);
    return bus_may(req, p->reason ? "cancel" : "memo") ? ST_OK : ST_FORBIDDEN;
}

enum status op_staff_order_patch(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct patch p = {0};
    bool repeated;
    if (!bus_param_id(req, INT64_MAX, &p.id)) return ST_NOT_FOUND;
    enum status st = read_patch(req, &p, out);
    if (st != ST_OK) return st;
    st = effect_run_once(w, req, patch, &p, out, &repeated);
    if (st == ST_OK && !repeated) booking_pools_changed(w->state, p.moved.pools, p.moved.n_pools);
    return st;
}

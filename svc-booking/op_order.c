#include "op_order.h"
#include "common/arena.h"
#include "common/body.h"
#include "common/effect.h"
#include "common/fault.h"
#include "common/json.h"
#include "common/mask.h"
#include "order_number.h"
#include "order_store.h"
#include "payment_input.h"
#include "phone.h"

/* The order named in the path; ST_OK with *row set, or what to answer. */
static enum status find_order(struct worker *w, struct bus_req *req, struct order_row **row) {
    const char *number = bus_param(req, "order_number");
    if (number == NULL || !order_number_valid(number)) return ST_NOT_FOUND;
    enum db_rc rc = order_store_get(w->db, req->arena, number, row);
    if (rc != DB_OK) return effect_status(rc);
    return *row == NULL ? ST_NOT_FOUND : ST_OK;
}

/* A token made before the order's tokens were renewed opens nothing. */
static bool has_token(const struct bus_req *req, const struct order_row *o, enum token_scope need) {
    return req->head.token >= need && req->head.token_version == o->token_version;
}

static void write_person(struct json_out *json, struct arena *a, const struct order_row *o, bool full) {
    json_put_text(json, "customer_name", full ? o->name : mask_name(a, o->name));
    json_put_text(json, "customer_phone", full ? o->phone : mask_phone(a, o->phone));
    if (full) json_put_text(json, "customer_email", o->email);
}

enum status op_order_get(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct order_row *o = NULL;
    enum status st = find_order(w, req, &o);
    if (st != ST_OK) return st;
    struct json_out json = {.b = out};
    json_obj(&json, NULL);
    json_put_text(&json, "order_number", o->number);
    json_put_text(&json, "exhibition_code", o->exhibition_code);
    json_put_text(&json, "status", order_status_name(o->status));
    json_put_text(&json, "payment_status", o->payment_status);
    json_put_text(&json, "payment_method", o->payment_method);
    json_put_int(&json, "total_amount", o->total_amount);
    json_put_text(&json, "visit_date", o->visit_date);
    json_put_raw(&json, "slot", o->slot);
    json_put_raw(&json, "items", o->items);
    json_put_time(&json, "created_at", o->created_ms);
    json_put_time(&json, "expires_at", o->expires_ms);
    json_put_bool(&json, "entrance_checked", o->entrance_checked);
    json_put_time(&json, "entrance_time", o->entrance_ms);
    write_person(&json, req->arena, o, has_token(req, o, TOKEN_VIEW));
    json_obj_end(&json);
    return ST_OK;
}

struct lookup_wish {
    const char *number;
    char phone[PHONE_MAX + 1];
};

static void read_lookup(struct json_in *in, void *arg) {
    struct lookup_wish *wish = arg;
    wish->number = json_text(in, "order_number", 1, 50, JSON_REQUIRED);
    const char *text = json_text(in, "customer_phone", 1, 30, JSON_REQUIRED);
    if (text != NULL && !phone_normalise(text, wish->phone)) json_bad(in, "customer_phone", BAD_FORMAT);
}

enum status op_order_lookup(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct booking *b = w->state;
    struct lookup_wish wish = {.number = NULL};
    char token[ORDER_TOKEN_MAX];
    struct order_lookup lookup;
    enum status st = body_read(req, false, read_lookup, &wish, out);
    if (st != ST_OK) return st;
    enum db_rc rc = order_store_lookup(w->db, req->arena, wish.number, wish.phone, &lookup);
    if (rc != DB_OK) return effect_status(rc);
    if (lookup.locked_seconds > 0) {
        bus_reply(req, ST_RATE_LIMITED, "", 0, (int)lookup.locked_seconds);
        return ST_PARKED;
    }
    if (!lookup.found) return ST_NOT_FOUND;
    order_token_make(b->token_key, wish.number, TOKEN_MANAGE, (uint16_t)lookup.token_version, token);
    struct json_out json = {.b = out};
    json_obj(&json, NULL);
    json_put_text(&json, "order_token", token);
    json_obj_end(&json);
    return ST_OK;
}

/* ---- cancel ---- */

struct cancel {
    const char *number, *reason;
    struct order_moved moved;
};

static enum db_rc cancel_unpaid(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    struct cancel *c = arg;
    struct order_row *o = NULL;
    enum db_rc rc = order_store_lock(w->db, req->arena, c->number, &o);
    if (rc != DB_OK) return rc;
    if (o == NULL) {
        *st = ST_NOT_FOUND;
    } else if (o->status != ORDER_RESERVED) { /* money may be on its way, or here: that is the payment's to undo */
        *st = ST_INVALID_STATE;
    } else {
        struct order_move move = {.id = o->id, .to = ORDER_CANCELLED, .reason = c->reason};
        rc = order_store_move(w->db, req->arena, &move, &c->moved);
        *st = c->moved.outcome == ORDER_MOVED ? ST_OK : ST_INVALID_STATE;
        struct json_out json = {.b = out};
        json_obj(&json, NULL);
        json_put_text(&json, "order_number", c->number);
        json_put_text(&json, "status", order_status_name(ORDER_CANCELLED));
        json_obj_end(&json);
        fault_hit("booking.payment.cancel_unpaid.before");
        if (fault_hit("booking.payment.cancel_unpaid.lost")) db_drop(w->db);
    }
    return rc;
}

enum status op_cancel_unpaid(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct payment_input in;
    enum status st = payment_input_read(req, PF_ORDER | PF_REASON, 0, &in, out);
    if (st != ST_OK) return st;
    struct cancel c = {.number = in.order_number, .reason = in.reason};
    bool repeated = false;
    st = effect_run_once(w, req, cancel_unpaid, &c, out, &repeated);
    if (st == ST_OK && !repeated) {
        fault_hit("booking.payment.cancel_unpaid.after");
        booking_pools_changed(w->state, c.moved.pools, c.moved.n_pools);
    }
    return st;
}

#include "booking.h"
#include "common/effect.h"
#include "common/json.h"
#include "history_store.h"
#include "op_staff.h"
#include "scope.h"

static void put_row(struct json_out *json, const struct history_row *r) {
    json_obj(json, NULL);
    json_put_text(json, "type", r->type);
    json_put_text(json, "id", r->id);
    json_put_time(json, "at", r->at_ms);
    json_put_time(json, "ended_at", r->ended_ms);
    json_put_text(json, "state", r->state);
    json_put_text(json, "method", r->method);
    json_put_text(json, "kind", r->kind);
    json_put_int(json, "amount", r->amount);
    json_put_int(json, "fee", r->fee);
    json_put_text(json, "reason", r->reason);
    json_put_id(json, "user_id", r->user_id);
    json_put_text(json, "failure_code", r->failure_code);
    json_obj_end(json);
}

/* Only booking knows the code of an order's exhibition. */
static enum status visible(struct worker *w, struct bus_req *req, const char *number) {
    struct order_info o;
    if (scope_is_everything(req)) return ST_OK;
    enum status st = booking_order(w->state, req->arena, number, 0, &o);
    if (st != ST_OK) return st;
    return bus_in_scope(req, o.exhibition_code) ? ST_OK : ST_NOT_FOUND;
}

enum status op_order_history(struct worker *w, struct bus_req *req, struct strbuf *out) {
    const char *number = bus_param(req, "order_number");
    struct history_row *rows;
    size_t n;
    if (number == NULL) return ST_NOT_FOUND;
    enum status st = visible(w, req, number);
    if (st != ST_OK) return st;
    enum db_rc rc = history_store_of_order(w->db, req->arena, number, &rows, &n);
    if (rc != DB_OK) return effect_status(rc);
    struct json_out json = {.b = out};
    json_obj(&json, NULL);
    json_arr(&json, "payments");
    for (size_t i = 0; i < n; i++) put_row(&json, &rows[i]);
    json_arr_end(&json);
    json_obj_end(&json);
    return ST_OK;
}

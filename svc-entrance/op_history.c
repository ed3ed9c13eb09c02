#include "common/effect.h"
#include "common/json.h"
#include "history_store.h"
#include "op_gate.h"

static void put_scan(struct json_out *json, const struct history_scan *s) {
    json_obj(json, NULL);
    json_put_text(json, "scan_id", s->scan_id);
    json_put_time(json, "at", s->at_ms);
    json_put_text(json, "device_id", s->device_id);
    json_put_id(json, "admin_id", s->admin_id);
    json_put_id(json, "ticket_id", s->ticket_id);
    json_put_text(json, "verdict", s->verdict);
    json_put_int(json, "count", s->count);
    json_put_int(json, "admitted", s->admitted);
    json_put_bool(json, "offline", s->offline);
    json_put_text(json, "conflict", s->conflict);
    json_put_time(json, "undone_at", s->undone_ms);
    json_put_id(json, "undone_by", s->undone_by);
    json_put_text(json, "undo_reason", s->undo_reason);
    json_obj_end(json);
}

enum status op_order_history(struct worker *w, struct bus_req *req, struct strbuf *out) {
    const char *number = bus_param(req, "order_number"), *exhibition;
    struct history_scan *scans;
    size_t n;
    if (number == NULL) return ST_NOT_FOUND;
    enum db_rc rc = history_store_of_order(w->db, req->arena, number, &exhibition, &scans, &n);
    if (rc != DB_OK) return effect_status(rc);
    if (exhibition != NULL && !bus_in_scope(req, exhibition)) return ST_NOT_FOUND;
    struct json_out json = {.b = out};
    json_obj(&json, NULL);
    json_arr(&json, "scans");
    for (size_t i = 0; i < n; i++) put_scan(&json, &scans[i]);
    json_arr_end(&json);
    json_obj_end(&json);
    return ST_OK;
}

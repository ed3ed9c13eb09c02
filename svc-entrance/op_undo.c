/* op_undo - a scan that let the wrong people in is taken back: they are outside again, and who else has a claim is settled anew. */
#include "caller.h"
#include "common/arena.h"
#include "common/audit.h"
#include "common/body.h"
#include "common/effect.h"
#include "common/fault.h"
#include "op_gate.h"
#include "order_store.h"
#include "scan_input.h"
#include "resettle.h"
#include "scan_store.h"

struct wish {
    const char *scan_id, *reason;
    const char *scanner; /* "dev-7", "staff-3"; NULL: not given */
};

static void read_wish(struct json_in *in, void *arg) {
    struct wish *wish = arg;
    wish->scan_id = json_text(in, "scan_id", 1, SCAN_ID_MAX, JSON_REQUIRED);
    wish->scanner = json_text(in, "device_id", 1, CALLER_DEVICE_MAX, JSON_OPTIONAL);
    wish->reason = body_reason(in);
}

static int32_t count_inside(const struct gate_order *o) {
    int32_t n = 0;
    for (size_t i = 0; i < o->n_tickets; i++) n += o->tickets[i].entered_ms != 0;
    return n;
}

static enum db_rc tell(struct worker *w, struct bus_req *req, const struct wish *wish, const struct gate_order *o,
                       int32_t inside_before) {
    const struct audit fact = {
        .entity = o->order_number,
        .version = o->entries_version,
        .exhibition_code = o->exhibition_code,
        .before = arena_printf(req->arena, "{\"inside\":%d}", inside_before),
        .after = arena_printf(req->arena, "{\"inside\":%d}", count_inside(o)),
        .reason = wish->reason,
    };
    return audit_emit(w->db, req, &fact);
}

static void write_answer(struct strbuf *out, const struct wish *wish, const struct gate_order *o,
                         int32_t inside_before) {
    struct json_out json = {.b = out};
    json_obj(&json, NULL);
    json_put_text(&json, "scan_id", wish->scan_id);
    json_put_text(&json, "order_number", o->order_number);
    json_put_int(&json, "withdrawn", inside_before - count_inside(o));
    json_put_int(&json, "inside", count_inside(o));
    json_obj_end(&json);
}

/* The one that counts of those within the caller's scope; of several the scanner must be named. */
static enum status choose(const struct bus_req *req, const struct scan_found *found, size_t n,
                          const struct scan_found **chosen) {
    size_t seen = 0, counting = 0;
    for (size_t i = 0; i < n; i++) {
        if (!bus_in_scope(req, found[i].exhibition_code)) continue;
        seen++;
        if (!found[i].counts) continue;
        counting++;
        *chosen = &found[i];
    }
    if (seen == 0) return ST_NOT_FOUND;
    return counting == 1 ? ST_OK : ST_INVALID_STATE; /* none: it let nobody in, or was undone before */
}

static enum db_rc undo(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    const struct wish *wish = arg;
    struct gate_order *o = NULL;
    size_t n = 0;
    struct scan_found *found;
    const struct scan_found *scan = NULL;
    bool undone;
    enum db_rc rc = scan_store_find(w->db, req->arena, wish->scan_id, wish->scanner, &found, &n);
    if (rc == DB_OK) *st = choose(req, found, n, &scan);
    if (rc != DB_OK || *st != ST_OK) return rc;
    rc = order_store_lock(w->db, req->arena, &scan->order_id, 1, &o, &n);
    if (rc != DB_OK) return rc;
    int32_t inside = count_inside(o);
    rc = scan_store_undo(w->db, req->arena, scan->id, req->head.user_id, wish->reason, &undone);
    if (rc != DB_OK || !undone) {
        *st = ST_INVALID_STATE; /* somebody else was faster */
        return rc;
    }
    rc = resettle(w->db, req->arena, o, 1);
    if (rc == DB_OK) rc = tell(w, req, wish, o, inside);
    *st = ST_OK;
    write_answer(out, wish, o, inside);
    fault_hit("entrance.undo.before");
    if (fault_hit("entrance.undo.lost")) db_drop(w->db);
    return rc;
}

enum status op_undo(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct wish wish;
    bool repeated;
    enum status st = body_read(req, false, read_wish, &wish, out);
    if (st == ST_OK) st = effect_run_once(w, req, undo, &wish, out, &repeated);
    if (st == ST_OK) fault_hit("entrance.undo.after");
    return st;
}

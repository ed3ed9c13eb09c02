#include "op_reissue.h"
#include "common/arena.h"
#include "common/audit.h"
#include "common/body.h"
#include "common/effect.h"
#include "entrance.h"
#include "issue.h"
#include "reissue_store.h"

#define ORDER_NUMBER_MAX 50
struct wish {
    const char *order_number, *reason;
};

static void read_wish(struct json_in *in, void *arg) {
    struct wish *wish = arg;
    wish->order_number = json_text(in, "order_number", 1, ORDER_NUMBER_MAX, JSON_REQUIRED);
    wish->reason = body_reason(in);
}

static enum db_rc tell(struct worker *w, struct bus_req *req, const struct wish *wish, const struct reissue *r,
                       size_t tickets) {
    const struct audit fact = {
        .entity = wish->order_number,
        .version = r->version,
        .exhibition_code = r->exhibition_code,
        .after = arena_printf(req->arena, "{\"tickets\":%zu}", tickets),
        .reason = wish->reason,
    };
    return audit_emit(w->db, req, &fact);
}

static enum db_rc reissue(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    const struct entrance *e = w->state;
    const struct wish *wish = arg;
    struct reissue r;
    struct issue *issues;
    size_t n, tickets = 0;
    enum db_rc rc = reissue_store_lock(w->db, req->arena, wish->order_number, &r);
    if (rc != DB_OK) return rc;
    if (r.order_id == 0 || !bus_in_scope(req, r.exhibition_code)) {
        *st = ST_NOT_FOUND;
        return DB_OK;
    }
    rc = reissue_store_replace(w->db, req->arena, &r, &issues, &n);
    if (rc != DB_OK || n == 0) {
        *st = ST_INVALID_STATE;
        return rc;
    }
    rc = issue_codes(e->keys, w->db, req->arena, issues, n);
    for (size_t i = 0; i < n; i++) tickets += issues[i].code.kind == CODE_TICKET;
    if (rc == DB_OK) rc = tell(w, req, wish, &r, tickets);
    *st = ST_OK;
    struct json_out json = {.b = out};
    json_obj(&json, NULL);
    json_put_text(&json, "order_number", wish->order_number);
    json_put_int(&json, "tickets", (int64_t)tickets);
    json_obj_end(&json);
    return rc;
}

enum status op_reissue(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct wish wish;
    bool repeated;
    enum status st = body_read(req, false, read_wish, &wish, out);
    return st == ST_OK ? effect_run_once(w, req, reissue, &wish, out, &repeated) : st;
}

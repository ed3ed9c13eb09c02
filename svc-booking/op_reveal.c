/* op_reveal - who ordered, in clear, for somebody who has a reason and leaves a trace: the fact is committed before anybody hears a
 * name. Nothing is kept under the call's key, so that no answer with names rests anywhere: a repeat is another look. */
#include "common/audit.h"
#include "common/body.h"
#include "common/effect.h"
#include "op_staff.h"
#include "reveal_store.h"
#include "staff.h"

struct wish {
    int64_t id;
    const char *reason;
};

static void read_reason(struct json_in *in, void *arg) {
    struct wish *wish = arg;
    wish->reason = body_reason(in);
}

static enum db_rc reveal(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    const struct wish *wish = arg;
    struct reveal r;
    enum db_rc rc = reveal_store_get(w->db, req->arena, wish->id, &r);
    *st = rc == DB_OK && r.number != NULL && bus_in_scope(req, r.code) ? ST_OK : ST_NOT_FOUND;
    if (rc != DB_OK || *st != ST_OK) return rc;
    const struct audit fact = {.entity = r.number,
                               .version = r.version,
                               .exhibition_code = r.code,
                               .after = "{\"revealed\":[\"customer_name\",\"customer_phone\",\"customer_email\"]}",
                               .reason = wish->reason};
    struct json_out o = {.b = out};
    json_obj(&o, NULL);
    json_put_text(&o, "customer_name", r.name);
    json_put_text(&o, "customer_phone", r.phone);
    json_put_text(&o, "customer_email", r.email);
    json_obj_end(&o);
    return audit_emit(w->db, req, &fact);
}

enum status op_order_reveal(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct wish wish = {0};
    if (!bus_param_id(req, INT64_MAX, &wish.id)) return ST_NOT_FOUND;
    enum status st = body_read(req, false, read_reason, &wish, out);
    return st == ST_OK ? effect_run(w, req, reveal, &wish, out) : st;
}

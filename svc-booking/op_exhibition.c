#include <string.h>

#include "common/effect.h"
#include "op_staff.h"
#include "staff.h"

enum status op_exhibition_list(struct worker *w, struct bus_req *req, struct strbuf *out) {
    return staff_list(w, req, &exhibition_table, NULL, NULL, out);
}

enum status op_exhibition_get(struct worker *w, struct bus_req *req, struct strbuf *out) {
    return staff_get(w, req, &exhibition_table, out);
}

static bool is_everywhere(const struct bus_req *req) { return strcmp(req->head.scope, "*") == 0; }

/* Places of these fields in exhibition_table, behind the id. */
enum { ARG_CODE = 1, ARG_START = 5, ARG_END = 6 };

static enum db_rc create(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    struct db_args *args = arg;
    int64_t id;
    enum db_rc rc =
        exhibition_store_insert(w->db, req->arena, args->v[ARG_CODE], args->v[ARG_START], args->v[ARG_END], &id);
    if (rc == DB_UNIQUE || rc == DB_CHECK) {
        *st = rc == DB_UNIQUE ? ST_IN_USE : body_refuse(req, exhibition_table.blame, BAD_RANGE, out);
        return DB_OK;
    }
    return rc == DB_OK ? staff_created(w, req, &exhibition_table, id, args, st, out) : rc;
}

enum status op_exhibition_create(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct db_args args = db_args(req->arena);
    struct json_faults faults;
    struct json_in in;
    bool repeated;
    if (!is_everywhere(req)) return ST_FORBIDDEN;
    enum status st = staff_body(req, &in, &faults, out);
    if (st != ST_OK) return st;
    db_arg_null(&args);
    record_read(&in, exhibition_table.fields, exhibition_table.n_fields, true, &args);
    json_end(&in);
    if (faults.n) return body_refuse_all(req, &faults, out);
    st = effect_run_once(w, req, create, &args, out, &repeated);
    staff_changed(w, st);
    return st;
}

enum status op_exhibition_update(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct json_faults faults;
    struct json_in in;
    /* A code names who may see what: who is limited to some may not rename them. */
    if (!is_everywhere(req) && staff_body(req, &in, &faults, out) == ST_OK && json_has(&in, "code"))
        return ST_FORBIDDEN;
    out->len = 0;
    return staff_update(w, req, &exhibition_table, out);
}

enum status op_exhibition_delete(struct worker *w, struct bus_req *req, struct strbuf *out) {
    return is_everywhere(req) ? staff_delete(w, req, &exhibition_table, out) : ST_FORBIDDEN;
}

#include "common/effect.h"
#include "op_staff.h"
#include "staff.h"

enum { TOTAL_MAX = 10000000 };

enum status op_product_list(struct worker *w, struct bus_req *req, struct strbuf *out) {
    return staff_list(w, req, &product_table, NULL, NULL, out);
}

struct new_product {
    int64_t exhibition_id, total;
    struct db_args args;
};

static enum db_rc create(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    struct new_product *p = arg;
    struct exhibition_key e;
    int64_t id;
    enum db_rc rc = exhibition_store_find(w->db, req->arena, p->exhibition_id, &e);
    if (rc != DB_OK) return rc;
    if (!e.code || !bus_in_scope(req, e.code)) {
        *st = ST_NOT_FOUND;
        return DB_OK;
    }
    rc = product_store_insert(w->db, req->arena, e.id, p->total, &id);
    return rc == DB_OK ? staff_created(w, req, &product_table, id, &p->args, st, out) : rc;
}

enum status op_product_create(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct new_product p = {.args = db_args(req->arena)};
    struct json_faults faults;
    struct json_in in;
    bool repeated;
    enum status st = staff_body(req, &in, &faults, out);
    if (st != ST_OK) return st;
    p.exhibition_id = json_int(&in, "exhibition_id", 1, INT32_MAX, JSON_REQUIRED);
    p.total = json_int(&in, "total_quantity", 0, TOTAL_MAX, JSON_REQUIRED);
    db_arg_null(&p.args);
    record_read(&in, product_table.fields, product_table.n_fields, true, &p.args);
    json_end(&in);
    if (faults.n) return body_refuse_all(req, &faults, out);
    st = effect_run_once(w, req, create, &p, out, &repeated);
    staff_changed(w, st);
    return st;
}

enum status op_product_update(struct worker *w, struct bus_req *req, struct strbuf *out) {
    return staff_update(w, req, &product_table, out);
}

enum status op_product_delete(struct worker *w, struct bus_req *req, struct strbuf *out) {
    return staff_delete(w, req, &product_table, out);
}

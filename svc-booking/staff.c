#include "staff.h"

#include "booking.h"
#include "catalogue.h"
#include "common/arena.h"
#include "common/audit.h"
#include "common/body.h"
#include "common/effect.h"
#include "common/timeutil.h"

enum { PAGE_DEFAULT = 500, PAGE_MAX = 1000, PAGE_BYTES = 512 << 10, SIZE_MAX_TICKETS = 10000000 };

enum status staff_body(struct bus_req *req, struct json_in *in, struct json_faults *faults, struct strbuf *out) {
    *faults = (struct json_faults){0};
    enum status st = json_open(in, req->arena, faults, req->head.body, req->head.body_len, false);
    return st == ST_VALIDATION_FAILED ? body_refuse_all(req, faults, out) : st;
}

enum status staff_codes(struct worker *w, struct bus_req *req, const char *const **codes, size_t *n) {
    const char *asked = bus_param_text(req, "exhibition");
    bool known = true;
    enum status st = bus_scope(req, codes, n);
    if (st != ST_OK || !asked) return st;
    enum db_rc rc = exhibition_store_known(w->db, req->arena, asked, &known);
    return rc != DB_OK ? effect_status(rc) : known ? ST_OK : ST_NOT_FOUND;
}

/* ---- reading ---- */

enum status staff_list(struct worker *w, struct bus_req *req, const struct staff_table *t, const char *from,
                       const char *to, struct strbuf *out) {
    struct staff_query q = {.from = from, .to = to};
    struct staff_row *rows;
    size_t n, i = 0;
    if (!bus_param_int(req, "cursor", 1, INT32_MAX, 0, &q.after)) return body_refuse(req, "cursor", BAD_FORMAT, out);
    if (!bus_param_int(req, "limit", 1, PAGE_MAX, PAGE_DEFAULT, &q.limit))
        return body_refuse(req, "limit", BAD_RANGE, out);
    enum status st = staff_codes(w, req, &q.codes, &q.n_codes);
    if (st != ST_OK) return st;
    enum db_rc rc = staff_table_list(w->db, req->arena, t, &q, &rows, &n);
    if (rc != DB_OK) return effect_status(rc);
    struct json_out o = {.b = out};
    json_obj(&o, NULL);
    json_arr(&o, t->plural);
    for (; i < n && out->len < PAGE_BYTES; i++) json_put_raw(&o, NULL, rows[i].json);
    json_arr_end(&o);
    json_put_cursor(&o, i < n || (int64_t)n == q.limit ? rows[i - 1].id : 0);
    json_obj_end(&o);
    return ST_OK;
}

/* The row, locked, when the caller may see it; else *st says why not. */
static enum db_rc lock_visible(struct worker *w, struct bus_req *req, const struct staff_table *t, int64_t id,
                               struct staff_row **row, enum status *st) {
    enum db_rc rc = staff_table_lock(w->db, req->arena, t, id, row);
    *st = ST_OK;
    if (rc == DB_OK && (!*row || !bus_in_scope(req, (*row)->code))) {
        *row = NULL;
        *st = ST_NOT_FOUND;
    }
    return rc;
}

enum status staff_get(struct worker *w, struct bus_req *req, const struct staff_table *t, struct strbuf *out) {
    struct staff_row *row = NULL;
    enum status st;
    int64_t id;
    if (!bus_param_id(req, INT32_MAX, &id)) return ST_NOT_FOUND;
    enum db_rc rc = lock_visible(w, req, t, id, &row, &st);
    if (rc != DB_OK) return effect_status(rc);
    if (row) strbuf_puts(out, row->json);
    return st;
}

/* ---- changing ---- */

/* `before`, `after`: JSON, one of them NULL when the row is made or removed. */
static enum db_rc tell(struct worker *w, struct bus_req *req, const struct staff_table *t, const struct staff_row *row,
                       const char *before, const char *after) {
    const struct audit fact = {
        .entity = arena_printf(req->arena, "%s:%lld", t->entity, (long long)row->id),
        .version = after ? row->version : row->version + 1,
        .exhibition_code = row->code,
        .before = before,
        .after = after,
    };
    return audit_emit(w->db, req, &fact);
}

/* Reads the row as it has become, tells of it and answers with it. */
static enum db_rc conclude(struct worker *w, struct bus_req *req, const struct staff_table *t, int64_t id,
                           const char *before, struct strbuf *out) {
    struct staff_row *row;
    enum db_rc rc = staff_table_lock(w->db, req->arena, t, id, &row);
    if (rc != DB_OK) return rc;
    if (!row) return DB_ERROR;
    strbuf_puts(out, row->json);
    return tell(w, req, t, row, before, row->json);
}

/* A refusal by the database as an answer; anything else stays an error. */
static enum db_rc refused(enum db_rc rc, struct bus_req *req, const struct staff_table *t, enum status *st,
                          struct strbuf *out) {
    if (rc == DB_UNIQUE)
        *st = ST_IN_USE;
    else if (rc == DB_CHECK)
        *st = body_refuse(req, t->blame, BAD_RANGE, out);
    else
        return rc;
    return DB_OK;
}

struct change { /* of an update */
    const struct staff_table *t;
    int64_t id, size; /* size < 0: as it was */
    struct db_args args;
    struct pool_change pool;
};

static enum db_rc resize(struct worker *w, struct bus_req *req, struct change *c, const struct staff_row *row,
                         enum status *st, struct strbuf *out) {
    int64_t minimum;
    enum db_rc rc = pool_resize(w->db, req->arena, row->pool_id, c->size, &minimum, &c->pool);
    if (rc == DB_OK && minimum > 0) {
        struct json_out o = {.b = out};
        json_obj(&o, NULL);
        json_put_int(&o, "minimum", minimum);
        json_obj_end(&o);
        *st = ST_TOTAL_BELOW_SOLD;
    }
    return rc;
}

static enum db_rc update(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    struct change *c = arg;
    struct staff_row *before;
    enum db_rc rc = lock_visible(w, req, c->t, c->id, &before, st);
    if (rc != DB_OK || !before) return rc;
    rc = staff_table_update(w->db, c->t, &c->args);
    if (rc != DB_OK) return refused(rc, req, c->t, st, out);
    if (c->size >= 0) rc = resize(w, req, c, before, st, out); /* late: a sale waits for this row */
    if (rc != DB_OK || *st != ST_OK) return rc;
    return conclude(w, req, c->t, c->id, before->json, out);
}

enum status staff_update(struct worker *w, struct bus_req *req, const struct staff_table *t, struct strbuf *out) {
    struct change c = {.t = t, .size = -1, .args = db_args(req->arena)};
    struct json_faults faults;
    struct json_in in;
    bool repeated;
    if (!bus_param_id(req, INT32_MAX, &c.id)) return ST_NOT_FOUND;
    enum status st = staff_body(req, &in, &faults, out);
    if (st != ST_OK) return st;
    db_arg_int(&c.args, c.id);
    record_read(&in, t->fields, t->n_fields, false, &c.args);
    if (t->size_field && json_has(&in, t->size_field))
        c.size = json_int(&in, t->size_field, 0, SIZE_MAX_TICKETS, JSON_OPTIONAL);
    json_end(&in);
    if (faults.n) return body_refuse_all(req, &faults, out);
    st = effect_run_once(w, req, update, &c, out, &repeated);
    if (st == ST_OK && !repeated && c.pool.pool_id) booking_pools_changed(w->state, &c.pool, 1);
    staff_changed(w, st);
    return st;
}

static enum db_rc remove_row(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    struct change *c = arg;
    struct staff_row *row;
    bool used = true;
    (void)out;
    enum db_rc rc = lock_visible(w, req, c->t, c->id, &row, st);
    if (rc != DB_OK || !row) return rc;
    rc = staff_table_remove(w->db, req->arena, c->t, c->id, &used);
    if (rc == DB_OK && used)
        *st = ST_IN_USE;
    else if (rc == DB_OK)
        rc = tell(w, req, c->t, row, row->json, NULL);
    if (rc == DB_OK && !used) *st = ST_NO_CONTENT;
    return rc;
}

enum status staff_delete(struct worker *w, struct bus_req *req, const struct staff_table *t, struct strbuf *out) {
    struct change c = {.t = t};
    bool repeated;
    if (!bus_param_id(req, INT32_MAX, &c.id)) return ST_NOT_FOUND;
    enum status st = effect_run_once(w, req, remove_row, &c, out, &repeated);
    staff_changed(w, st);
    return st;
}

enum db_rc staff_created(struct worker *w, struct bus_req *req, const struct staff_table *t, int64_t id,
                         struct db_args *args, enum status *st, struct strbuf *out) {
    args->v[0] = arena_printf(req->arena, "%lld", (long long)id);
    enum db_rc rc = staff_table_update(w->db, t, args);
    if (rc != DB_OK) return refused(rc, req, t, st, out);
    *st = ST_CREATED;
    return conclude(w, req, t, id, NULL, out);
}

void staff_changed(struct worker *w, enum status st) {
    struct booking *b = w->state;
    if (status_is_success(st) || st == ST_OUTCOME_UNKNOWN) catalogue_refresh(b->catalogue);
}

#include "op_retention.h"
#include <stdlib.h>
#include <string.h>
#include "admin.h"
#include "common/arena.h"
#include "common/body.h"
#include "common/effect.h"
#include "config.h"
#include "retention.h"
#include "retention_store.h"

enum { PAGE_DEFAULT = 30, PAGE_MAX = 100 };

/* ---- looking ---- */

void retention_write(struct json_out *o, const struct retention_run *run) {
    json_obj(o, NULL);
    json_put_int(o, "id", run->id);
    json_put_id(o, "requested_by", run->requested_by);
    json_put_time(o, "begun_at", run->begun_ms);
    json_put_time(o, "ended_at", run->ended_ms);
    json_put_int(o, "kept_days", run->kept_days);
    json_put_int(o, "contract_years", run->contract_years);
    json_put_int(o, "text_days", run->text_days);
    json_put_int(o, "steps", run->steps);
    json_put_raw(o, "erased", run->erased);
    json_put_raw(o, "missing", run->missing);
    json_obj_end(o);
}

enum status op_retention_list(struct worker *w, struct bus_req *req, struct strbuf *out) {
    int64_t before, limit;
    struct retention_run *runs;
    size_t n;
    if (!bus_param_int(req, "cursor", 1, INT64_MAX, INT64_MAX, &before))
        return body_refuse(req, "cursor", BAD_FORMAT, out);
    if (!bus_param_int(req, "limit", 1, PAGE_MAX, PAGE_DEFAULT, &limit))
        return body_refuse(req, "limit", BAD_RANGE, out);
    enum db_rc rc = retention_run_list(w->db, req->arena, before, limit, &runs, &n);
    if (rc != DB_OK) return effect_status(rc);
    struct json_out o = {.b = out};
    json_obj(&o, NULL);
    json_arr(&o, "runs");
    for (size_t i = 0; i < n; i++) retention_write(&o, &runs[i]);
    json_arr_end(&o);
    bool more = (int64_t)n == limit;
    json_put_cursor(&o, more ? runs[n - 1].id : 0);
    json_obj_end(&o);
    return ST_OK;
}

/* ---- asking ---- */

static void read_nothing(struct json_in *in, void *arg) { (void)in, (void)arg; }

static enum db_rc request(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    const struct admin *admin = w->state;
    const struct retention_run wish = retention_run_by(admin->config, req->head.user_id);
    struct retention_run *run;
    struct json_out o = {.b = out};
    bool made;
    (void)arg;
    enum db_rc rc = retention_run_request(w->db, req->arena, &wish, &made);
    if (rc == DB_OK) rc = retention_run_open(w->db, req->arena, &run);
    if (rc != DB_OK) return rc;
    if (run == NULL) return DB_RETRY; /* it ended just now */
    retention_write(&o, run);
    *st = ST_ACCEPTED;
    return made ? retention_tell(w->db, req, run, false) : DB_OK;
}

enum status op_retention_run(struct worker *w, struct bus_req *req, struct strbuf *out) {
    bool repeated;
    enum status st = body_read(req, true, read_nothing, NULL, out);
    return st == ST_OK ? effect_run_once(w, req, request, NULL, out, &repeated) : st;
}

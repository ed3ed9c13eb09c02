#include "common/arena.h"
#include "common/body.h"
#include "common/effect.h"
#include "common/json.h"
#include "common/timeutil.h"
#include "op_staff.h"
#include "reconcile_store.h"
#include "scope.h"

enum status op_reconciliation(struct worker *w, struct bus_req *req, struct strbuf *out) {
    const char *date = bus_param(req, "date");
    const int64_t *ids = NULL;
    struct exhibition_hint *hints;
    struct comparison c;
    int32_t day;
    size_t n = 0;
    if (date == NULL || !date_parse(date, &day)) return body_refuse(req, "date", BAD_FORMAT, out);
    if (!scope_is_everything(req)) {
        enum db_rc rc = comparison_exhibitions(w->db, req->arena, date, &hints, &n);
        if (rc != DB_OK) return effect_status(rc);
        enum status st = scope_filter(w, req, hints, n, &ids, &n);
        if (st != ST_OK) return st;
    }
    enum db_rc rc = comparison_get(w->db, req->arena, date, ids, n, &c);
    if (rc != DB_OK) return effect_status(rc);
    if (!c.found) return ST_NOT_FOUND;
    struct json_out json = {.b = out};
    json_obj(&json, NULL);
    json_put_text(&json, "date", date);
    json_put_int(&json, "compared", c.compared);
    json_put_raw(&json, "differences", c.differences);
    json_put_time(&json, "run_at", c.run_ms);
    json_obj_end(&json);
    return ST_OK;
}

#include "caller.h"
#include "common/body.h"
#include "common/effect.h"
#include "common/timeutil.h"
#include "op_gate.h"
#include "stats_store.h"

static int64_t total(const struct stats_row *rows, size_t n, enum stats_kind kind) {
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        if (rows[i].kind == kind) sum += rows[i].n;
    return sum;
}

static void put_named(struct json_out *json, const char *key, const struct stats_row *rows, size_t n,
                      enum stats_kind kind) {
    json_obj(json, key);
    for (size_t i = 0; i < n; i++)
        if (rows[i].kind == kind) json_put_int(json, rows[i].name, rows[i].n);
    json_obj_end(json);
}

static void write_stats(struct strbuf *out, const char *exhibition, const char *date, const struct stats_row *rows,
                        size_t n) {
    struct json_out json = {.b = out};
    json_obj(&json, NULL);
    json_put_text(&json, "exhibition", exhibition);
    json_put_text(&json, "date", date);
    json_put_int(&json, "inside", total(rows, n, STATS_ADMITTED));
    json_arr(&json, "admitted");
    for (size_t i = 0; i < n; i++) {
        if (rows[i].kind != STATS_ADMITTED) continue;
        json_obj(&json, NULL);
        json_put_time(&json, "at", rows[i].at_ms);
        json_put_int(&json, "count", rows[i].n);
        json_obj_end(&json);
    }
    json_arr_end(&json);
    put_named(&json, "refused", rows, n, STATS_REFUSED);
    put_named(&json, "conflicts", rows, n, STATS_CONFLICT);
    json_put_int(&json, "expected", total(rows, n, STATS_EXPECTED));
    json_obj_end(&json);
}

/* The exhibition asked for; a device knows only its own. */
static const char *exhibition_of(const struct bus_req *req, const struct caller *c) {
    const char *code = bus_param(req, "exhibition");
    return code != NULL && *code != '\0' ? code : c->exhibition_code;
}

enum status op_stats(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct caller caller;
    struct stats_row *rows;
    size_t n;
    char today[11];
    int64_t id;
    int32_t day;
    enum status st = caller_find(w, req, &caller);
    if (st != ST_OK) return st;
    const char *exhibition = exhibition_of(req, &caller), *date = bus_param(req, "date");
    date_format(date_seoul(time_now_ms()), today);
    if (date == NULL || *date == '\0') date = today;
    if (!date_parse(date, &day)) return body_refuse(req, "date", BAD_FORMAT, out);
    if (*exhibition == '\0') return body_refuse(req, "exhibition", BAD_MISSING, out);
    if (!bus_in_scope(req, exhibition)) return ST_NOT_FOUND;
    enum db_rc rc = stats_store_exhibition(w->db, req->arena, exhibition, &id);
    if (rc == DB_OK && id == 0) return ST_NOT_FOUND;
    if (rc == DB_OK) rc = stats_store_day(w->db, req->arena, id, date, &rows, &n);
    if (rc != DB_OK) return effect_status(rc);
    write_stats(out, exhibition, date, rows, n);
    return ST_OK;
}

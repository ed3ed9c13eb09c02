#include <string.h>
#include "caller.h"
#include "common/arena.h"
#include "common/body.h"
#include "common/effect.h"
#include "common/json.h"
#include "common/timeutil.h"
#include "manifest_store.h"
#include "op_offline.h"

enum { PAGE_ORDERS = 1000, PAGE_BYTES = 640 << 10 /* a page ends with the order that passes this */ };

struct wish {
    const char *exhibition, *cursor;
    char date[11];
};

/* What is asked for, with the caller's own exhibition and today where nothing is said. */
static enum status read_wish(struct bus_req *req, const struct caller *c, struct wish *wish, struct strbuf *out) {
    const char *exhibition = bus_param(req, "exhibition"), *date = bus_param(req, "date");
    const char *cursor = bus_param(req, "cursor");
    int32_t day = date_seoul(time_now_ms());
    if (date != NULL && !date_parse(date, &day)) return body_refuse(req, "date", BAD_FORMAT, out);
    *wish = (struct wish){.exhibition = exhibition != NULL ? exhibition : c->exhibition_code,
                          .cursor = cursor != NULL ? cursor : ""};
    if (*wish->exhibition == '\0') return body_refuse(req, "exhibition", BAD_MISSING, out);
    if (!manifest_cursor_ok(wish->cursor)) return body_refuse(req, "cursor", BAD_FORMAT, out);
    date_format(day, wish->date);
    bool covered = c->stands ? strcmp(wish->exhibition, c->exhibition_code) == 0 : bus_in_scope(req, wish->exhibition);
    return covered ? ST_OK : ST_NOT_FOUND;
}

/* What may change during the day: told anew at the end of every load, for a scanner goes on by cursor until the evening. */
static enum db_rc write_plan(struct worker *w, struct bus_req *req, const struct manifest_head *h, const char *date,
                             struct json_out *json) {
    const char *products, *slots;
    enum db_rc rc = manifest_store_plan(w->db, req->arena, h->exhibition_id, date, &products, &slots);
    if (rc != DB_OK) return rc;
    json_put_int(json, "exhibition_id", h->exhibition_id);
    json_put_text(json, "first_day", h->first_day);
    json_put_text(json, "last_day", h->last_day);
    json_obj(json, "tolerance");
    json_put_int(json, "before", h->before_minutes);
    json_put_int(json, "after", h->after_minutes);
    json_obj_end(json);
    json_put_raw(json, "products", products);
    json_put_raw(json, "slots", slots);
    return rc;
}

static enum db_rc write_rows(struct worker *w, struct bus_req *req, const struct manifest_head *h,
                             const struct wish *wish, struct json_out *json, bool *more) {
    struct manifest_row *rows;
    size_t n, i = 0;
    bool full;
    enum db_rc rc = manifest_store_rows(w->db, req->arena, h, wish->date, wish->cursor, PAGE_ORDERS, &rows, &n, &full);
    if (rc != DB_OK) return rc;
    json_arr(json, "rows");
    for (; i < n && (json->b->len < PAGE_BYTES || !rows[i].begins); i++)
        offline_write(json, req->arena, &rows[i].entry);
    json_arr_end(json);
    *more = i < n || full;
    /* At the end everything below has been looked at, other days too: the next look need not pass it again. */
    json_put_text(json, "cursor", *more ? rows[i - 1].cursor : arena_printf(req->arena, "%s:0", h->below));
    json_put_bool(json, "more", *more);
    return DB_OK;
}

enum status op_manifest(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct json_out json = {.b = out};
    struct manifest_head head;
    struct caller caller;
    struct wish wish = {.exhibition = "", .cursor = ""};
    bool more = false;
    enum status st = caller_find(w, req, &caller);
    if (st == ST_OK) st = read_wish(req, &caller, &wish, out);
    if (st != ST_OK) return st;
    enum db_rc rc = manifest_store_head(w->db, req->arena, wish.exhibition, &head);
    if (rc == DB_OK && head.exhibition_id == 0) return ST_NOT_FOUND;
    if (rc != DB_OK) return effect_status(rc);
    json_obj(&json, NULL);
    json_put_text(&json, "exhibition", wish.exhibition);
    json_put_text(&json, "date", wish.date);
    json_put_time(&json, "as_of", head.as_of_ms);
    rc = write_rows(w, req, &head, &wish, &json, &more);
    if (rc == DB_OK && !more) rc = write_plan(w, req, &head, wish.date, &json);
    json_obj_end(&json);
    if (rc != DB_OK) strbuf_init(out, req->arena, out->max);
    return rc == DB_OK ? ST_OK : effect_status(rc);
}

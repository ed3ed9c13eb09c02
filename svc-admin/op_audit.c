#include "op_audit.h"
#include <string.h>
#include "audit_log_store.h"
#include "common/arena.h"
#include "common/body.h"
#include "common/effect.h"
#include "common/timeutil.h"

enum { PAGE_DEFAULT = 50, PAGE_MAX = 200, WORD_MAX = 200 };

/* A filter reads one variable into the query; false: bad. */
static bool read_action(const char *text, struct audit_query *q) {
    q->action = text;
    return strlen(text) <= WORD_MAX;
}
static bool read_entity(const char *text, struct audit_query *q) {
    q->entity = text;
    return strlen(text) <= WORD_MAX;
}
static bool read_from(const char *text, struct audit_query *q) {
    int32_t day;
    if (!date_parse(text, &day)) return false;
    q->from_ms = date_begins(day);
    return true;
}
static bool read_to(const char *text, struct audit_query *q) {
    int32_t day;
    if (!date_parse(text, &day)) return false;
    q->until_ms = date_begins(day + 1);
    return true;
}

static const struct filter {
    const char *name;
    bool (*read)(const char *text, struct audit_query *q);
} filters[] = {
    {"action", read_action},
    {"entity", read_entity},
    {"date_from", read_from},
    {"date_to", read_to},
};

static enum status read_query(const struct bus_req *req, struct audit_query *q, struct strbuf *out) {
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        const char *text = bus_param_text(req, filters[i].name);
        if (text != NULL && !filters[i].read(text, q)) return body_refuse(req, filters[i].name, BAD_FORMAT, out);
    }
    if (q->until_ms != 0 && q->from_ms >= q->until_ms) return body_refuse(req, "date_to", BAD_RANGE, out);
    if (!bus_param_int(req, "user", 1, INT64_MAX, 0, &q->user_id)) return body_refuse(req, "user", BAD_FORMAT, out);
    if (!bus_param_int(req, "cursor", 1, INT64_MAX, 0, &q->before_seq))
        return body_refuse(req, "cursor", BAD_FORMAT, out);
    if (!bus_param_int(req, "limit", 1, PAGE_MAX, PAGE_DEFAULT, &q->limit))
        return body_refuse(req, "limit", BAD_RANGE, out);
    return ST_OK;
}

static void put_entry(struct json_out *o, const struct audit_entry *e) {
    json_obj(o, NULL);
    json_put_int(o, "id", e->seq);
    json_put_time(o, "at", e->at_ms);
    json_put_text(o, "service", e->source);
    json_put_text(o, "action", e->action);
    json_put_text(o, "entity", e->entity);
    json_put_text(o, "exhibition_code", e->exhibition_code);
    json_put_id(o, "user_id", e->user_id);
    json_put_text(o, "username", e->username);
    json_put_text(o, "role", e->role);
    json_put_raw(o, "before", e->before != NULL ? e->before : "null");
    json_put_raw(o, "after", e->after != NULL ? e->after : "null");
    json_put_text(o, "reason", e->reason);
    json_put_text(o, "client", e->client);
    json_put_text(o, "request_id", e->request_id);
    json_put_time(o, "erased_at", e->erased_ms);
    json_obj_end(o);
}

enum status op_audit_list(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct audit_query q = {.accounts = req->head.role == ROLE_SUPERADMIN};
    struct audit_entry *entries;
    size_t n;
    bool more;
    enum status st = read_query(req, &q, out);
    if (st == ST_OK) st = bus_scope(req, &q.codes, &q.n_codes);
    if (st != ST_OK) return st;
    enum db_rc rc = audit_log_list(w->db, req->arena, &q, &entries, &n, &more);
    if (rc != DB_OK) return effect_status(rc);
    struct json_out o = {.b = out};
    json_obj(&o, NULL);
    json_arr(&o, "entries");
    for (size_t i = 0; i < n; i++) put_entry(&o, &entries[i]);
    json_arr_end(&o);
    json_put_cursor(&o, more ? entries[n - 1].seq : 0);
    json_obj_end(&o);
    return strbuf_ok(out) ? ST_OK : ST_INTERNAL;
}

#include <string.h>

#include "common/arena.h"
#include "common/audit.h"
#include "common/effect.h"
#include "common/timeutil.h"
#include "op_staff.h"
#include "slot_rule.h"
#include "staff.h"

enum { CAPACITY_MAX = 10000000 };

/* date=YYYY-MM-DD or month=YYYY-MM as the days from and to. False: neither of the two forms, or both. */
static bool days_asked(const struct bus_req *req, struct arena *a, const char **from, const char **to) {
    const char *date = bus_param(req, "date"), *month = bus_param(req, "month");
    int32_t day;
    *from = *to = NULL;
    if (date && month) return false;
    if (date) {
        *from = *to = date;
        return date_parse(date, &day);
    }
    if (!month) return true;
    if (strlen(month) != 7) return false;
    *from = arena_printf(a, "%s-01", month);
    char *last = arena_printf(a, "%s-31", month);
    if (!*from || !last || !date_parse(*from, &day)) return false;
    while (!date_parse(last, &day)) last[9]--; /* 31, 30; then 29, 28 of February */
    *to = last;
    return true;
}

enum status op_slot_list(struct worker *w, struct bus_req *req, struct strbuf *out) {
    const char *from, *to;
    if (!days_asked(req, req->arena, &from, &to))
        return body_refuse(req, bus_param(req, "month") ? "month" : "date", BAD_FORMAT, out);
    return staff_list(w, req, &slot_table, from, to, out);
}

struct new_slots {
    int64_t exhibition_id, capacity;
    struct slot_rule rule;
    struct slot *slots;
    size_t n;
};

static int32_t read_day(struct json_in *in, const char *field) {
    const char *text = json_text(in, field, 10, 10, JSON_REQUIRED);
    int32_t day = 0;
    if (text && !date_parse(text, &day)) json_bad(in, field, BAD_FORMAT);
    return day;
}

static int32_t read_minutes(struct json_in *in, const char *field) {
    const char *text = json_text(in, field, 5, 5, JSON_REQUIRED);
    int32_t minutes = 0;
    if (text && !slot_time_parse(text, &minutes)) json_bad(in, field, BAD_FORMAT);
    return minutes;
}

static void read_rule(struct json_in *in, struct slot_rule *r) {
    r->first_day = read_day(in, "start_date");
    r->last_day = read_day(in, "end_date");
    size_t n = json_array(in, "weekdays", 1, 7, JSON_OPTIONAL);
    for (size_t i = 0; i < n; i++) r->weekdays |= 1u << json_item_int(in, "weekdays", i, 1, 7);
    if (n == 0) r->weekdays = SLOT_EVERY_DAY;
    n = json_array(in, "times", 1, SLOT_MAX_TIMES, JSON_REQUIRED);
    for (size_t i = 0; i < n; i++) {
        struct json_in t;
        if (!json_item(in, "times", i, &t)) continue;
        r->times[r->n_times++] = (struct slot_times){read_minutes(&t, "starts_at"), read_minutes(&t, "ends_at")};
        json_end(&t);
    }
    n = json_array(in, "exceptions", 0, SLOT_MAX_EXCEPTIONS, JSON_OPTIONAL);
    for (size_t i = 0; i < n; i++) {
        const char *text = json_item_text(in, "exceptions", i, 10, 10);
        if (text && date_parse(text, &r->exceptions[r->n_exceptions]))
            r->n_exceptions++;
        else if (text)
            json_bad(in, "exceptions", BAD_FORMAT);
    }
}

static void check_rule(struct json_in *in, struct slot_rule *r) {
    static const struct {
        const char *field;
        enum json_fault fault;
    } words[] = {
        [SLOT_BAD_DAYS] = {"end_date", BAD_RANGE},
        [SLOT_BAD_TIME] = {"times", BAD_RANGE},
        [SLOT_TIMES_OVERLAP] = {"times", BAD_DUPLICATE},
    };
    size_t bad;
    enum slot_fault fault = slot_rule_check(r, &bad);
    if (fault != SLOT_RULE_OK) json_bad(in, words[fault].field, words[fault].fault);
}

static enum db_rc create(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    struct new_slots *s = arg;
    struct exhibition_key e;
    enum db_rc rc = exhibition_store_find(w->db, req->arena, s->exhibition_id, &e);
    if (rc != DB_OK) return rc;
    if (!e.code || !bus_in_scope(req, e.code)) {
        *st = ST_NOT_FOUND;
        return DB_OK;
    }
    if (s->rule.first_day < e.first_day || s->rule.last_day > e.last_day) {
        *st = body_refuse(req, s->rule.first_day < e.first_day ? "start_date" : "end_date", BAD_OUTSIDE, out);
        return DB_OK;
    }
    rc = slot_store_insert(w->db, req->arena, e.id, s->slots, s->n, s->capacity);
    if (rc == DB_UNIQUE) {
        *st = ST_IN_USE; /* one of the times is taken */
        return DB_OK;
    }
    const struct audit fact = {.entity = arena_printf(req->arena, "slots:%s", req->head.request_id),
                               .version = 1,
                               .exhibition_code = e.code,
                               .after = arena_strndup(req->arena, req->head.body, req->head.body_len)};
    if (rc == DB_OK) rc = audit_emit(w->db, req, &fact);
    struct json_out o = {.b = out};
    json_obj(&o, NULL);
    json_put_int(&o, "created", (int64_t)s->n);
    json_obj_end(&o);
    *st = ST_CREATED;
    return rc;
}

enum status op_slot_create(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct new_slots *s = arena_alloc(req->arena, sizeof *s);
    struct json_faults faults;
    struct json_in in;
    bool repeated;
    if (!s) return ST_INTERNAL;
    enum status st = staff_body(req, &in, &faults, out);
    if (st != ST_OK) return st;
    s->exhibition_id = json_int(&in, "exhibition_id", 1, INT32_MAX, JSON_REQUIRED);
    s->capacity = json_int(&in, "capacity", 0, CAPACITY_MAX, JSON_REQUIRED);
    read_rule(&in, &s->rule);
    json_end(&in);
    if (!faults.n) check_rule(&in, &s->rule);
    if (faults.n) return body_refuse_all(req, &faults, out);
    s->n = slot_rule_expand(&s->rule, NULL, 0);
    if (s->n > SLOT_MAX) return body_refuse(req, "times", BAD_LENGTH, out);
    s->slots = arena_alloc(req->arena, s->n * sizeof *s->slots + 1);
    if (!s->slots) return ST_INTERNAL;
    slot_rule_expand(&s->rule, s->slots, s->n);
    st = effect_run_once(w, req, create, s, out, &repeated);
    staff_changed(w, st);
    return st;
}

enum status op_slot_update(struct worker *w, struct bus_req *req, struct strbuf *out) {
    return staff_update(w, req, &slot_table, out);
}

enum status op_slot_delete(struct worker *w, struct bus_req *req, struct strbuf *out) {
    return staff_delete(w, req, &slot_table, out);
}

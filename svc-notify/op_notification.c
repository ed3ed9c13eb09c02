#include "op_notification.h"
#include <string.h>
#include "common/arena.h"
#include "common/audit.h"
#include "common/body.h"
#include "common/effect.h"
#include "common/mask.h"
#include "facts_store.h"
#include "message.h"
#include "notification_store.h"
#include "replan.h"

enum { PAGE_DEFAULT = 50, PAGE_MAX = 200, SEARCH_MAX = 100 };

/* ---- what is asked for ---- */

/* A phone as people write it, else an order number. */
static bool read_search(const struct bus_req *req, struct notification_query *q) {
    const char *text = bus_param_text(req, "q");
    if (text == NULL) return true;
    if (strlen(text) > SEARCH_MAX) return false;
    if (strspn(text, "0123456789- ") != strlen(text)) {
        q->number = text;
        return true;
    }
    char *digits = arena_alloc(req->arena, strlen(text) + 1);
    size_t n = 0;
    for (const char *c = text; digits != NULL && *c != '\0'; c++)
        if (*c >= '0' && *c <= '9') digits[n++] = *c;
    q->phone = digits;
    return digits != NULL;
}

/* ---- list ---- */

static void put(struct json_out *o, struct arena *a, const struct notification *m) {
    json_obj(o, NULL);
    json_put_int(o, "id", m->id);
    json_put_text(o, "order_number", m->order_number);
    json_put_text(o, "exhibition_code", m->exhibition_code);
    json_put_text(o, "event", m->event);
    json_put_text(o, "template", m->template);
    json_put_text(o, "state", m->state);
    json_put_text(o, "phone", mask_phone(a, m->phone));
    json_put_text(o, "result", m->result);
    json_put_text(o, "code", m->code);
    json_put_time(o, "created_at", m->created_ms);
    json_put_time(o, "sent_at", m->sent_ms);
    json_put_time(o, "ended_at", m->ended_ms);
    json_obj_end(o);
}

enum status op_notification_list(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct notification_query q = {.state = bus_param_text(req, "state")};
    struct notification *rows;
    size_t n;
    if (q.state != NULL && message_state_parse(q.state) == MESSAGE_STATES)
        return body_refuse(req, "state", BAD_FORMAT, out);
    if (!read_search(req, &q)) return body_refuse(req, "q", BAD_FORMAT, out);
    if (!bus_param_int(req, "limit", 1, PAGE_MAX, PAGE_DEFAULT, &q.limit))
        return body_refuse(req, "limit", BAD_RANGE, out);
    if (!bus_param_int(req, "cursor", 1, INT64_MAX, INT64_MAX, &q.before_id))
        return body_refuse(req, "cursor", BAD_FORMAT, out);
    enum status st = bus_scope(req, &q.codes, &q.n_codes);
    if (st != ST_OK) return st;
    enum db_rc rc = notification_store_list(w->db, req->arena, &q, &rows, &n);
    if (rc != DB_OK) return effect_status(rc);
    struct json_out o = {.b = out};
    json_obj(&o, NULL);
    json_arr(&o, "notifications");
    for (size_t i = 0; i < n; i++) put(&o, req->arena, &rows[i]);
    json_arr_end(&o);
    json_put_cursor(&o, (int64_t)n == q.limit ? rows[n - 1].id : 0);
    json_obj_end(&o);
    return ST_OK;
}

/* ---- of one order ---- */

/* Only who may see everything sees what is of an exhibition that we have not heard of. */
static bool visible(const struct bus_req *req, const struct notification *m) {
    bool all = strcmp(req->head.scope, "*") == 0;
    return all || (m->exhibition_code != NULL && bus_in_scope(req, m->exhibition_code));
}

enum status op_order_history(struct worker *w, struct bus_req *req, struct strbuf *out) {
    const char *order_number = bus_param_text(req, "order_number");
    struct notification *rows;
    size_t n;
    if (order_number == NULL) return ST_NOT_FOUND;
    enum db_rc rc = notification_store_of_order(w->db, req->arena, order_number, &rows, &n);
    if (rc != DB_OK) return effect_status(rc);
    if (n > 0 && !visible(req, &rows[0])) return ST_NOT_FOUND;
    struct json_out o = {.b = out};
    json_obj(&o, NULL);
    json_arr(&o, "messages");
    for (size_t i = 0; i < n; i++) put(&o, req->arena, &rows[i]);
    json_arr_end(&o);
    json_obj_end(&o);
    return ST_OK;
}

/* ---- resend ---- */

struct wish {
    int64_t id;
    const char *reason;
};

static void read_reason(struct json_in *in, void *arg) {
    struct wish *wish = arg;
    wish->reason = body_reason(in);
}

static enum db_rc resend(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    const struct wish *wish = arg;
    struct notification *before, *after = NULL;
    enum db_rc rc = facts_store_lock(w->db);
    if (rc == DB_OK) rc = notification_store_get(w->db, req->arena, wish->id, false, &before);
    if (rc != DB_OK) return rc;
    if (before == NULL || !visible(req, before)) {
        *st = ST_NOT_FOUND;
        return DB_OK;
    }
    /* Its words of now; what the order calls for no longer is of no use from now on. */
    rc = replan(w->db, req->arena, &before->order_number, 1);
    if (rc == DB_OK) rc = notification_store_get(w->db, req->arena, wish->id, true, &before);
    if (rc != DB_OK || before == NULL) return rc == DB_OK ? DB_ERROR : rc;
    if (!message_may_be_resent(message_state_parse(before->state)) || !before->useful) {
        *st = ST_INVALID_STATE;
        return DB_OK;
    }
    rc = notification_store_queue(w->db, req->arena, wish->id);
    if (rc == DB_OK) rc = notification_store_get(w->db, req->arena, wish->id, false, &after);
    if (rc != DB_OK || after == NULL) return rc == DB_OK ? DB_ERROR : rc;
    const struct audit fact = {.entity = arena_printf(req->arena, "notification:%lld", (long long)wish->id),
                               .version = after->version,
                               .exhibition_code = before->exhibition_code,
                               .before = arena_printf(req->arena, "{\"state\":\"%s\"}", before->state),
                               .after = "{\"state\":\"queued\"}",
                               .reason = wish->reason};
    struct json_out o = {.b = out};
    put(&o, req->arena, after);
    *st = ST_OK;
    return audit_emit(w->db, req, &fact);
}

enum status op_notification_resend(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct wish wish = {0};
    bool repeated;
    if (!bus_param_id(req, INT64_MAX, &wish.id)) return ST_NOT_FOUND;
    enum status st = body_read(req, true, read_reason, &wish, out);
    return st != ST_OK ? st : effect_run_once(w, req, resend, &wish, out, &repeated);
}

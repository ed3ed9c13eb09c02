#include "op_entries.h"
#include "common/body.h"
#include "common/effect.h"
#include "common/fault.h"
#include "common/timeutil.h"
#include "entries_store.h"

enum { ORDERS_MAX = 256, TICKETS_MAX = 1000, CODE_MAX = 500, TOKEN_VERSION_MAX = INT16_MAX };
#define NUMBER_MAX (INT64_C(1) << 53)

static void read_entered(struct json_in *order) {
    struct json_in item;
    size_t n = json_array(order, "entered", 0, TICKETS_MAX, JSON_REQUIRED);
    for (size_t i = 0; i < n; i++) {
        int64_t ms;
        if (!json_item(order, "entered", i, &item)) continue;
        json_int(&item, "ticket", 1, NUMBER_MAX, JSON_REQUIRED);
        const char *at = json_text(&item, "at", 1, 40, JSON_REQUIRED);
        if (at != NULL && !time_parse_rfc3339(at, &ms)) json_bad(&item, "at", BAD_FORMAT);
        json_end(&item);
    }
}

/* SQL takes the array as it came; here it is only looked at. */
static const char *read_orders(struct json_in *in) {
    struct json_in item;
    size_t n = json_array(in, "orders", 1, ORDERS_MAX, JSON_REQUIRED);
    for (size_t i = 0; i < n; i++) {
        if (!json_item(in, "orders", i, &item)) continue;
        json_text(&item, "order_number", 1, 50, JSON_REQUIRED);
        json_int(&item, "version", 1, NUMBER_MAX, JSON_REQUIRED);
        json_int(&item, "token_version", 1, TOKEN_VERSION_MAX, JSON_REQUIRED);
        json_text(&item, "qr_code", 1, CODE_MAX, JSON_OPTIONAL);
        read_entered(&item);
        json_end(&item);
    }
    json_end(in);
    return json_raw(in, "orders", BUS_MAX_MESSAGE);
}

static enum db_rc note(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    const char *const *orders = arg;
    enum db_rc rc = entries_store_note(w->db, req->arena, *orders, out);
    *st = ST_OK;
    if (rc != DB_OK) return rc;
    fault_hit("booking.entries.before");
    if (fault_hit("booking.entries.lost")) db_drop(w->db);
    return DB_OK;
}

enum status op_note_entries(struct worker *w, struct bus_req *req, struct strbuf *out) {
    /* A full page of large groups has more values than a visitor may send. */
    const struct json_limits limits = {.values = BUS_MAX_MESSAGE, .members = 64};
    struct json_faults faults = {.n = 0};
    struct json_in in;
    enum status st = json_open_within(&in, req->arena, &faults, req->head.body, req->head.body_len, &limits);
    const char *orders = st == ST_OK ? read_orders(&in) : NULL;
    if (faults.n > 0) return body_refuse_all(req, &faults, out);
    if (orders == NULL) return st == ST_OK ? ST_BUSY : st;
    st = effect_run(w, req, note, &orders, out);
    if (st == ST_OK) fault_hit("booking.entries.after");
    return st;
}

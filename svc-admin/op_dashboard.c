#include "op_dashboard.h"
#include <string.h>
#include "common/body.h"
#include "common/effect.h"
#include "common/timeutil.h"
#include "dashboard_store.h"

static const struct interval {
    const char *name;
    int32_t days, days_max; /* that a series has by default, and at most */
} intervals[] = {{"day", 30, 366}, {"hour", 2, 31}};
#define N_INTERVALS (sizeof intervals / sizeof *intervals)

static const struct interval *find_interval(const char *name) {
    for (size_t i = 0; i < N_INTERVALS; i++)
        if (name == NULL || strcmp(name, intervals[i].name) == 0) return &intervals[i];
    return NULL;
}

/* What series is asked for, up to today if nothing else is. */
static enum status read_series(const struct bus_req *req, int64_t now_ms, struct dashboard_wish *w,
                               struct strbuf *out) {
    const char *from_text = bus_param_text(req, "date_from"), *to_text = bus_param_text(req, "date_to");
    const struct interval *interval = find_interval(bus_param_text(req, "interval"));
    int32_t from, to = date_seoul(now_ms);
    if (interval == NULL) return body_refuse(req, "interval", BAD_FORMAT, out);
    if (to_text != NULL && !date_parse(to_text, &to)) return body_refuse(req, "date_to", BAD_FORMAT, out);
    from = to - interval->days + 1;
    if (from_text != NULL && !date_parse(from_text, &from)) return body_refuse(req, "date_from", BAD_FORMAT, out);
    if (from > to || to - from >= interval->days_max) return body_refuse(req, "date_from", BAD_RANGE, out);
    w->today_ms = date_begins(date_seoul(now_ms));
    w->interval = interval->name;
    w->from_ms = date_begins(from);
    w->to_ms = date_begins(to + 1);
    return ST_OK;
}

static void put_totals(struct json_out *o, const struct dashboard_totals *t) {
    json_put_int(o, "total_orders", t->orders);
    json_put_int(o, "total_revenue", t->revenue);
    json_put_int(o, "refunded_amount", t->refunded);
    json_put_int(o, "today_orders", t->today_orders);
    json_put_int(o, "entrance_count", t->entered);
    json_put_int(o, "held", t->held);
    json_put_int(o, "entered", t->entered);
    json_put_raw(o, "products_sold", t->sold);
}

static void put_product(struct json_out *o, const struct dashboard_product *p) {
    json_obj(o, NULL);
    json_put_int(o, "id", p->id);
    json_put_text(o, "name", p->name);
    json_put_text(o, "type", p->type);
    json_put_text(o, "exhibition_code", p->exhibition_code);
    json_put_int(o, "sold", p->sold);
    json_put_int(o, "held", p->held);
    json_put_int(o, "entered", p->entered);
    json_put_int(o, "revenue", p->revenue);
    json_obj_end(o);
}

static void put_point(struct json_out *o, const struct dashboard_point *p) {
    json_obj(o, NULL);
    json_put_time(o, "at", p->at_ms);
    json_put_int(o, "orders", p->orders);
    json_put_int(o, "revenue", p->revenue);
    json_put_int(o, "tickets", p->tickets);
    json_put_int(o, "refunded", p->refunded);
    json_put_int(o, "entered", p->entered);
    json_obj_end(o);
}

/* Says nothing of the moment: as long as nothing changes, neither does the answer (gateway's live stream). */
static void put_dashboard(struct json_out *o, const char *exhibition, const struct dashboard_wish *w,
                          const struct dashboard *d) {
    json_obj(o, NULL);
    json_put_text(o, "exhibition", exhibition);
    put_totals(o, &d->totals);
    json_arr(o, "products");
    for (size_t i = 0; i < d->n_products; i++) put_product(o, &d->products[i]);
    json_arr_end(o);
    json_put_text(o, "interval", w->interval);
    json_arr(o, "series");
    for (size_t i = 0; i < d->n_series; i++) put_point(o, &d->series[i]);
    json_arr_end(o);
    json_obj_end(o);
}

enum status op_dashboard(struct worker *w, struct bus_req *req, struct strbuf *out) {
    const char *exhibition = bus_param_text(req, "exhibition");
    struct dashboard_wish wish = {.codes = NULL};
    struct dashboard dashboard;
    struct json_out o = {.b = out};
    enum status st = read_series(req, time_now_ms(), &wish, out);
    if (st == ST_OK) st = bus_scope(req, &wish.codes, &wish.n_codes);
    if (st != ST_OK) return st;
    enum db_rc rc = dashboard_store_load(w->db, req->arena, &wish, &dashboard);
    if (rc != DB_OK) return effect_status(rc);
    if (exhibition != NULL && dashboard.totals.exhibitions == 0) return ST_NOT_FOUND;
    put_dashboard(&o, exhibition, &wish, &dashboard);
    return ST_OK;
}

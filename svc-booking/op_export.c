/* Orders as a sheet, page by page: the gateway makes a file of them (CSV, XLSX). Who takes orders away, and which, is told first. */
#include <stddef.h>
#include <string.h>

#include "common/arena.h"
#include "common/audit.h"
#include "common/effect.h"
#include "common/mask.h"
#include "common/timeutil.h"
#include "op_staff.h"
#include "staff.h"
#include "staff_order_query.h"

/* A page of this many bytes ends there: the answer must fit into a message. */
enum { PAGE_MAX = 2000, PAGE_BYTES = 768 << 10 };

enum kind { TEXT, NAME, PHONE, INT, TIME_MS, TIME_US };
static const struct column {
    const char *name;
    enum kind kind;
    size_t offset;
} columns[] = {
    {"order_number", TEXT, offsetof(struct staff_order, number)},
    {"exhibition_code", TEXT, offsetof(struct staff_order, code)},
    {"status", TEXT, offsetof(struct staff_order, status)},
    {"payment_status", TEXT, offsetof(struct staff_order, payment_status)},
    {"payment_method", TEXT, offsetof(struct staff_order, payment_method)},
    {"total_amount", INT, offsetof(struct staff_order, total_amount)},
    {"items", TEXT, offsetof(struct staff_order, item_names)},
    {"tickets", INT, offsetof(struct staff_order, tickets)},
    {"tickets_left", INT, offsetof(struct staff_order, tickets_left)},
    {"amount_left", INT, offsetof(struct staff_order, amount_left)},
    {"refunded_amount", INT, offsetof(struct staff_order, refunded)},
    {"visit_date", TEXT, offsetof(struct staff_order, visit_date)},
    {"visit_time", TEXT, offsetof(struct staff_order, visit_time)},
    {"created_at", TIME_US, offsetof(struct staff_order, created_us)},
    {"customer_name", NAME, offsetof(struct staff_order, name)},
    {"customer_phone", PHONE, offsetof(struct staff_order, phone)},
    {"entrance_time", TIME_MS, offsetof(struct staff_order, entrance_ms)},
};
enum { COLUMNS = sizeof columns / sizeof *columns };

/* As sheets understand it, in Seoul: "2026-11-22 21:15:00". */
static void put_time(struct json_out *o, int64_t ms) {
    char text[RFC3339_LEN + 1];
    if (ms == 0) {
        json_put_null(o, NULL);
        return;
    }
    time_rfc3339(ms, text);
    text[10] = ' ';
    text[19] = '\0';
    json_put_text(o, NULL, text);
}

static void put_cell(struct json_out *o, struct arena *a, const struct column *c, const struct staff_order *r) {
    const void *at = (const char *)r + c->offset;
    switch (c->kind) {
    case TEXT: json_put_text(o, NULL, *(const char *const *)at); break;
    case NAME: json_put_text(o, NULL, mask_name(a, *(const char *const *)at)); break;
    case PHONE: json_put_text(o, NULL, mask_phone(a, *(const char *const *)at)); break;
    case INT: json_put_int(o, NULL, *(const int64_t *)at); break;
    case TIME_MS: put_time(o, *(const int64_t *)at); break;
    case TIME_US: put_time(o, *(const int64_t *)at / 1000); break;
    }
}

static void put_page(struct strbuf *out, struct arena *a, const struct staff_order *orders, size_t n, bool more) {
    struct json_out o = {.b = out};
    size_t i = 0;
    json_obj(&o, NULL);
    json_arr(&o, "columns");
    for (size_t c = 0; c < COLUMNS; c++) json_put_text(&o, NULL, columns[c].name);
    json_arr_end(&o);
    json_arr(&o, "rows");
    for (; i < n && out->len < PAGE_BYTES; i++) {
        json_arr(&o, NULL);
        for (size_t c = 0; c < COLUMNS; c++) put_cell(&o, a, &columns[c], &orders[i]);
        json_arr_end(&o);
    }
    json_arr_end(&o);
    json_put_text(&o, "next_cursor", i < n || more ? staff_order_cursor(a, &orders[i - 1]) : NULL);
    json_obj_end(&o);
}

/* What was asked for, with people masked, and whose orders that may be. */
static const char *filters(const struct bus_req *req, const struct staff_order_query *q) {
    static const char *const asked[] = {"exhibition", "status", "payment_status", "date_from", "date_to", "format"};
    struct strbuf text;
    strbuf_init(&text, req->arena, BUS_MAX_MESSAGE);
    struct json_out o = {.b = &text};
    json_obj(&o, NULL);
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        const char *v = bus_param(req, asked[i]);
        if (v && *v) json_put_text(&o, asked[i], v);
    }
    if (q->number) json_put_text(&o, "order_number", q->number);
    if (q->phone) json_put_text(&o, "customer_phone", mask_phone(req->arena, q->phone));
    if (q->name) json_put_text(&o, "customer_name", mask_name(req->arena, q->name));
    json_arr(&o, "exhibition_codes");
    for (size_t i = 0; i < q->n_codes; i++) json_put_text(&o, NULL, q->codes[i]);
    if (!q->codes) json_put_text(&o, NULL, "*");
    json_arr_end(&o);
    json_obj_end(&o);
    return strbuf_ok(&text) ? text.data : NULL;
}

/* To everybody who answers for one of the exhibitions; an export of all is told once, of none. */
static enum db_rc tell(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    const struct staff_order_query *q = arg;
    struct audit fact = {.entity = "orders", .after = filters(req, q)};
    enum db_rc rc = fact.after ? DB_OK : DB_ERROR;
    (void)out;
    *st = ST_OK;
    const size_t n = q->codes ? q->n_codes : 1;
    for (size_t i = 0; rc == DB_OK && i < n; i++) {
        if (q->codes) fact.exhibition_code = q->codes[i];
        rc = audit_emit(w->db, req, &fact);
    }
    return rc;
}

enum status op_order_export(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct staff_order_query q;
    struct staff_order *orders;
    bool more;
    size_t n;
    enum status st = staff_order_query_read(req, PAGE_MAX, PAGE_MAX, &q, out);
    q.with_items = true;
    if (st == ST_OK) st = staff_codes(w, req, &q.codes, &q.n_codes);
    if (st == ST_OK && !q.after_us) st = effect_run(w, req, tell, &q, out);
    if (st != ST_OK) return st;
    enum db_rc rc = staff_order_list(w->db, req->arena, &q, &orders, &n, &more);
    if (rc != DB_OK) return effect_status(rc);
    put_page(out, req->arena, orders, n, more);
    return ST_OK;
}

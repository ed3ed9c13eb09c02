#include "staff_order_query.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/timeutil.h"
#include "order.h"
#include "order_number.h"
#include "phone.h"
#include "slot_rule.h"
#include "staff.h"

enum { SEARCH_MAX = 100 };

static const char *const payment_states[] = {"pending", "paying",    "waiting_for_deposit", "paid",
                                             "failed",  "refunding", "partially_refunded",  "refunded"};
enum { PAYMENT_STATES = sizeof payment_states / sizeof *payment_states, PER_STATUS_MAX = 5 };

/* What an order's status says of its payment (constraint orders_states): there is an index on the latter only. */
static const char *const payments_of[ORDER_STATUS_COUNT][PER_STATUS_MAX] = {
    [ORDER_RESERVED] = {"pending", "failed"},
    [ORDER_PAYING] = {"paying"},
    [ORDER_AWAITING_DEPOSIT] = {"waiting_for_deposit"},
    [ORDER_PAID] = {"paid", "refunding", "partially_refunded", "refunded"},
    [ORDER_PARTIALLY_CANCELLED] = {"refunding", "partially_refunded", "refunded"},
    [ORDER_CANCELLED] = {"pending", "failed", "refunding", "partially_refunded", "refunded"},
    [ORDER_EXPIRED] = {"pending", "failed", "refunding", "partially_refunded", "refunded"},
};

static bool read_states(const struct bus_req *req, struct staff_order_query *q, const char **bad) {
    enum order_status s;
    const char *payment = bus_param_text(req, "payment_status");
    q->status = bus_param_text(req, "status");
    *bad = "status";
    if (q->status) {
        if (!order_status_parse(q->status, &s)) return false;
        q->payments = payments_of[s];
        while (q->n_payments < PER_STATUS_MAX && q->payments[q->n_payments]) q->n_payments++;
    }
    *bad = "payment_status";
    if (!payment) return true;
    for (size_t i = 0; i < PAYMENT_STATES; i++)
        if (strcmp(payment, payment_states[i]) == 0) {
            q->payments = &payment_states[i];
            q->n_payments = 1;
            return true;
        }
    return false;
}

static bool read_days(const struct bus_req *req, struct staff_order_query *q, const char **bad) {
    const char *from = bus_param_text(req, "date_from"), *to = bus_param_text(req, "date_to");
    int32_t day;
    *bad = "date_from";
    if (from && !date_parse(from, &day)) return false;
    if (from) q->from_ms = slot_instant(day, 0);
    *bad = "date_to";
    if (to && !date_parse(to, &day)) return false;
    if (to) q->until_ms = slot_instant(day + 1, 0);
    return true;
}

/* Without the blanks around it, which come with what is pasted. NULL: no room. */
static char *trimmed(struct arena *a, const char *text) {
    while (isspace((unsigned char)*text)) text++;
    size_t n = strlen(text);
    while (n > 0 && isspace((unsigned char)text[n - 1])) n--;
    return arena_strndup(a, text, n);
}

/* An order number or its beginning, or all of it but "ORD". NULL: it is none. */
static const char *read_number(struct arena *a, const char *text) {
    bool prefixed = strncasecmp(text, "ORD", 3) == 0 && text[3] >= '0' && text[3] <= '9';
    char *number = prefixed ? arena_strdup(a, text) : arena_printf(a, "ORD%s", text);
    if (!number) return NULL;
    for (char *c = number; *c; c++) *c = (char)toupper((unsigned char)*c);
    return prefixed || order_number_valid(number) ? number : NULL;
}

/* A phone, an order number, else a name. */
static bool read_search(const struct bus_req *req, struct staff_order_query *q, const char **bad) {
    const char *asked = bus_param_text(req, "q");
    *bad = "q";
    if (!asked) return true;
    if (strlen(asked) > SEARCH_MAX * 4) return false;
    char *text = trimmed(req->arena, asked), *phone = arena_alloc(req->arena, PHONE_MAX + 1);
    if (!text || !phone) return false;
    if (!*text) return true;
    if (phone_normalise(text, phone))
        q->phone = phone;
    else if ((q->number = read_number(req->arena, text)) == NULL)
        q->name = text;
    return true;
}

static bool read_page(const struct bus_req *req, struct staff_order_query *q, const char **bad) {
    const char *sort = bus_param_text(req, "sort"), *cursor = bus_param_text(req, "cursor");
    *bad = "sort";
    if (sort && strcmp(sort, "created_at") != 0 && strcmp(sort, "-created_at") != 0) return false;
    q->oldest_first = sort && *sort == 'c';
    *bad = "cursor";
    if (!cursor) return true;
    char *end;
    if (strspn(cursor, "0123456789.") != strlen(cursor) || strlen(cursor) > 40) return false;
    q->after_us = strtoll(cursor, &end, 10);
    if (*end != '.' || q->after_us <= 0 || q->after_us > INT64_MAX / 2) return false;
    q->after_id = strtoll(end + 1, &end, 10);
    return *end == '\0' && q->after_id > 0;
}

enum status staff_order_query_read(const struct bus_req *req, int64_t page_default, int64_t page_max,
                                   struct staff_order_query *q, struct strbuf *out) {
    const char *bad;
    *q = (struct staff_order_query){0};
    if (!read_states(req, q, &bad) || !read_days(req, q, &bad) || !read_search(req, q, &bad) ||
        !read_page(req, q, &bad))
        return body_refuse(req, bad, BAD_FORMAT, out);
    if (q->until_ms && q->from_ms >= q->until_ms) return body_refuse(req, "date_to", BAD_RANGE, out);
    if (!bus_param_int(req, "limit", 1, page_max, page_default, &q->limit))
        return body_refuse(req, "limit", BAD_RANGE, out);
    return ST_OK;
}

const char *staff_order_cursor(struct arena *a, const struct staff_order *last) {
    return arena_printf(a, "%lld.%lld", (long long)last->created_us, (long long)last->id);
}

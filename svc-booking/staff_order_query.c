#include "staff_order_query.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/timeutil.h"
#include "order.h"
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
    return !from || !to || q->from_ms < q->until_ms;
}

/* An order number or its beginning, a phone, else a name. */
static bool read_search(const struct bus_req *req, struct staff_order_query *q, const char **bad) {
    const char *text = bus_param_text(req, "q");
    *bad = "q";
    if (!text) return true;
    if (strlen(text) > SEARCH_MAX * 4) return false;
    char *own = arena_strdup(req->arena, text), *phone = arena_alloc(req->arena, PHONE_MAX + 1);
    if (!own || !phone) return false;
    if (phone_normalise(text, phone)) {
        q->phone = phone;
    } else if (strncasecmp(text, "ORD", 3) == 0 && text[3] >= '0' && text[3] <= '9') {
        for (char *c = own; *c; c++) *c = (char)toupper((unsigned char)*c);
        q->number = own;
    } else {
        q->name = own;
    }
    return true;
}

static bool read_page(const struct bus_req *req, int64_t page_default, int64_t page_max, struct staff_order_query *q,
                      const char **bad) {
    const char *sort = bus_param_text(req, "sort"), *cursor = bus_param_text(req, "cursor");
    *bad = "limit";
    if (!bus_param_int(req, "limit", 1, page_max, page_default, &q->limit)) return false;
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

bool staff_order_query_read(const struct bus_req *req, int64_t page_default, int64_t page_max,
                            struct staff_order_query *q, const char **bad) {
    *q = (struct staff_order_query){0};
    return read_states(req, q, bad) && read_days(req, q, bad) && read_search(req, q, bad) &&
           read_page(req, page_default, page_max, q, bad);
}

const char *staff_order_cursor(struct arena *a, const struct staff_order *last) {
    return arena_printf(a, "%lld.%lld", (long long)last->created_us, (long long)last->id);
}

/* dashboard_store - figures of some exhibitions, summed up. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/db.h"

struct dashboard_wish {
    const char *const *codes; /* of the exhibitions; NULL: all */
    size_t n_codes;
    int64_t today_ms;       /* when today began */
    const char *interval;   /* of the series: "hour" or "day" */
    int64_t from_ms, to_ms; /* of the series: its first instant, and the one behind its last */
};
struct dashboard_totals {
    int64_t exhibitions, orders, revenue, refunded, today_orders, held, entered;
    const char *sold; /* JSON object: tickets by type of product */
};
struct dashboard_product {
    int64_t id, sold, held, entered, revenue;
    const char *name, *type, *exhibition_code;
};
struct dashboard_point {
    int64_t at_ms, orders, revenue, tickets, refunded, entered;
};

struct dashboard {
    struct dashboard_totals totals;
    struct dashboard_product *products; /* those of the newest exhibitions, if there are too many */
    size_t n_products;
    struct dashboard_point *series; /* every hour or day */
    size_t n_series;
};

/* In one snapshot, so that what is told adds up. Outside of a transaction. */
enum db_rc dashboard_store_load(struct db *db, struct arena *a, const struct dashboard_wish *w, struct dashboard *d);

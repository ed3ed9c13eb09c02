/* order_input - the body of POST /api/orders, read and checked for shape. Whether the sale is open, the product belongs to the
 * exhibition, the date fits or stock is left is decided in SQL alone. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "common/json.h"
#include "phone.h"

#define ORDER_MAX_LINES 20
#define ORDER_MAX_QUANTITY 1000 /* per line; the exhibition's own limit is lower and answers LIMIT_PER_ORDER */

struct order_line {
    int64_t product_id, quantity;
};
struct order_draft {
    const char *exhibition_code, *name;
    const char *email;         /* NULL: none */
    const char *visit_date;    /* YYYY-MM-DD of the calendar; NULL: none */
    int64_t slot_id;           /* 0: none */
    char phone[PHONE_MAX + 1]; /* normalised */
    size_t n_lines;
    struct order_line line[ORDER_MAX_LINES];
};

/* Texts live in the arena. ST_OK, ST_MALFORMED_JSON, or ST_VALIDATION_FAILED with every fault noted. */
enum status order_input_parse(struct arena *a, const char *body, size_t len, struct order_draft *draft,
                              struct json_faults *faults);

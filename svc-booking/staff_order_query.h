/* staff_order_query - which orders staff ask for, and from where on: the same variables for the list and the sheet. */
#pragma once
#include "common/bus.h"
#include "staff_order_store.h"

/* status payment_status date_from date_to q sort cursor limit; not `exhibition`: staff_codes(). ST_OK, or a refusal. */
enum status staff_order_query_read(const struct bus_req *req, int64_t page_default, int64_t page_max,
                                   struct staff_order_query *q, struct strbuf *out);
/* Behind this order. */
const char *staff_order_cursor(struct arena *a, const struct staff_order *last);

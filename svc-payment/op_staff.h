/* op_staff - what staff looks at: what does not go on by itself, where a day differs from the provider's list, what was paid of
 * an order. */
#pragma once
#include "common/bus.h"

enum status op_stuck(struct worker *w, struct bus_req *req, struct strbuf *out);          /* cursor, limit */
enum status op_reconciliation(struct worker *w, struct bus_req *req, struct strbuf *out); /* date */
enum status op_order_history(struct worker *w, struct bus_req *req, struct strbuf *out);  /* order_number */

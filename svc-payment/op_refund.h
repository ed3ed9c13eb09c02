/* op_refund - giving tickets back: what it would cost, doing it, by the buyer and by staff. */
#pragma once
#include "common/bus.h"

enum status op_refund_quote(struct worker *w, struct bus_req *req, struct strbuf *out); /* order_number, tickets */
enum status op_cancel(struct worker *w, struct bus_req *req, struct strbuf *out);       /* order_number */
enum status op_order_patch(struct worker *w, struct bus_req *req, struct strbuf *out);  /* id */

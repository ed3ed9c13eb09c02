/* op_order - a visitor's calls on one order: read it, find it again, give it back unpaid. */
#pragma once
#include "common/bus.h"

enum status op_order_get(struct worker *w, struct bus_req *req,
                         struct strbuf *out); /* order_number; full with a token */
enum status op_order_lookup(struct worker *w, struct bus_req *req, struct strbuf *out);
enum status op_order_cancel(struct worker *w, struct bus_req *req, struct strbuf *out); /* order_number; manage token */
/* svc-payment's, {"order_number","reason"}, keyed: gives a reserved order back */
enum status op_cancel_unpaid(struct worker *w, struct bus_req *req, struct strbuf *out);

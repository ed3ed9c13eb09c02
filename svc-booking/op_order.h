/* op_order - calls on one order: a visitor reads it and finds it again; unpaid it is given back. */
#pragma once
#include "common/bus.h"

enum status op_order_get(struct worker *w, struct bus_req *req,
                         struct strbuf *out); /* order_number; full with a token */
enum status op_order_lookup(struct worker *w, struct bus_req *req, struct strbuf *out);
/* svc-payment's, which has checked the token; {"order_number","reason"}, keyed: gives a reserved order back */
enum status op_cancel_unpaid(struct worker *w, struct bus_req *req, struct strbuf *out);

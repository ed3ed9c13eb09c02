/* op_initialize - an order is to be paid: a payment window is opened, at the provider or by the page (TOSS_OPEN). */
#pragma once
#include "common/bus.h"

/* {"order_number","amount","customer_name","method"?} -> {"payment_key","checkout_url"} */
enum status op_initialize(struct worker *w, struct bus_req *req, struct strbuf *out);

/* op_confirm - the buyer is back from the payment window (api.md, "Payment"). */
#pragma once
#include "common/bus.h"

/* {"payment_key","order_id","amount"}. Waits for the outcome at most CONFIRM_WAIT_MS, then 202. */
enum status op_confirm(struct worker *w, struct bus_req *req, struct strbuf *out);

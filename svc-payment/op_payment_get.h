/* op_payment_get - how a payment stands, for who has the order's token. */
#pragma once
#include "common/bus.h"

/* Path: order_number. -> {"payment_status","method","amount","virtual_account","cancels":[…]} */
enum status op_payment_get(struct worker *w, struct bus_req *req, struct strbuf *out);

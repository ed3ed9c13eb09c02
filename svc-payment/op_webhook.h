/* op_webhook - what the provider tells by itself. Nothing of it is believed: it is a reason to look the payment up. */
#pragma once
#include "common/bus.h"

/* The provider's JSON, param transmission_id. -> {} once stored. */
enum status op_webhook(struct worker *w, struct bus_req *req, struct strbuf *out);

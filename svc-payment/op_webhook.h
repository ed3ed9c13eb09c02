/* op_webhook - what the provider tells by itself. Nothing of it is believed: it is a reason to look the payment up. */
#pragma once
#include "common/bus.h"

/* The provider's JSON, param transmission_id. -> {} once stored. */
void op_webhook(struct worker *w, struct bus_req **reqs, size_t n);

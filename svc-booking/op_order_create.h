/* op_order_create - "order.create", a batch handler: reads, asks the gate once for all, and hands over to the committer. */
#pragma once
#include "common/bus.h"

void op_order_create(struct worker *w, struct bus_req **reqs, size_t n);

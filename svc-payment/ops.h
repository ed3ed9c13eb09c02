/* ops - every call svc-payment answers: name, who may, where it runs. */
#pragma once
#include <stddef.h>
#include "common/bus.h"

enum payment_pool { POOL_PAY, POOL_VISITOR, POOL_WEBHOOK, POOL_STAFF, POOL_INTERNAL, POOL_COUNT };
extern const struct bus_op payment_ops[];
extern const size_t payment_n_ops;

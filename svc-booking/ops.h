/* ops - every call svc-booking answers: name, who may, where it runs. */
#pragma once
#include <stddef.h>
#include "common/bus.h"

enum booking_pool { POOL_CHECKOUT, POOL_BROWSE, POOL_STAFF, POOL_INTERNAL, POOL_COUNT };
extern const struct bus_op booking_ops[];
extern const size_t booking_n_ops;

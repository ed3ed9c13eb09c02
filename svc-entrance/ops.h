/* ops - every call svc-entrance answers: name, who may, where it runs. */
#pragma once
#include <stddef.h>
#include "common/bus.h"

enum entrance_pool { POOL_SCAN, POOL_SYNC, POOL_VISITOR, POOL_STAFF, POOL_INTERNAL, POOL_COUNT };
extern const struct bus_op entrance_ops[];
extern const size_t entrance_n_ops;

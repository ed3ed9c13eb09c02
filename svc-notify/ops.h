/* ops - every call svc-notify answers: name, who may, where it runs. */
#pragma once
#include <stddef.h>
#include "common/bus.h"

enum notify_pool { POOL_STAFF, POOL_INTERNAL, POOL_COUNT };
extern const struct bus_op notify_ops[];
extern const size_t notify_n_ops;

/* ops - every call svc-admin answers: name, who may, where it runs. Roles: common/rights.c. */
#pragma once
#include <stddef.h>
#include "common/bus.h"

enum admin_pool {
    POOL_LOGIN, /* what anybody can make it hash a password for: few threads, at low priority */
    POOL_STAFF,
    POOL_FIGURES,
    POOL_INTERNAL,
    POOL_COUNT
};
extern const struct bus_op admin_ops[];
extern const size_t admin_n_ops;

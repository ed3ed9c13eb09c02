#include "ops.h"
#include "common/events.h"

/* clang-format off */
const struct bus_op entrance_ops[] = {
    { "events.pull", "notify,admin", ROLE_SERVICE, POOL_INTERNAL, events_op_pull, NULL, "Facts after a cursor." },
};
/* clang-format on */
const size_t entrance_n_ops = sizeof entrance_ops / sizeof *entrance_ops;

#include "ops.h"
#include "common/events.h"

/* clang-format off */
const struct bus_op notify_ops[] = {
    { "events.pull", "admin", ROLE_SERVICE, POOL_INTERNAL, events_op_pull, NULL, "Facts after a cursor." },
};
/* clang-format on */
const size_t notify_n_ops = sizeof notify_ops / sizeof *notify_ops;

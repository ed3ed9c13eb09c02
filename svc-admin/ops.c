#include "ops.h"
#include "common/events.h"

/* clang-format off */
const struct bus_op admin_ops[] = {
    { "events.pull", "admin", POOL_INTERNAL, events_op_pull, NULL, "Facts after a cursor." },
};
/* clang-format on */
const size_t admin_n_ops = sizeof admin_ops / sizeof *admin_ops;

#include "ops.h"
#include "common/events.h"
#include "op_audit.h"

/* clang-format off */
const struct bus_op admin_ops[] = {
    { "audit.list", "gateway", POOL_STAFF, op_audit_list, NULL, "Who did what: the facts of all services, the newest first." },
    { "events.pull", "admin", POOL_INTERNAL, events_op_pull, NULL, "Facts after a cursor." },
};
/* clang-format on */
const size_t admin_n_ops = sizeof admin_ops / sizeof *admin_ops;

#include "ops.h"
#include "common/events.h"

#define ANYBODY (ROLE_VISITOR | ROLES_ALL_STAFF)
#define MONEY_STAFF (ROLE_FINANCE | ROLE_MANAGER | ROLE_SUPERADMIN)

#define VISIT(name, pool, fn, help)                                                                                    \
    { name, "gateway", ANYBODY, pool, fn, NULL, help }
#define STAFF(name, roles, fn, help)                                                                                   \
    { name, "gateway", roles, POOL_STAFF, fn, NULL, help }

/* clang-format off */
const struct bus_op payment_ops[] = {
    { "events.pull", "notify,admin,entrance", ROLE_SERVICE, POOL_INTERNAL, events_op_pull, NULL, "Facts after a cursor." },
};
/* clang-format on */
const size_t payment_n_ops = sizeof payment_ops / sizeof *payment_ops;

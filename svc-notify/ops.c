#include "ops.h"
#include "common/events.h"
#include "op_notification.h"
#include "retention_store.h"

/* clang-format off */
const struct bus_op notify_ops[] = {
    { "notification.list", "gateway", POOL_STAFF, op_notification_list, NULL, "Messages to buyers and what became of them." },
    { "notification.resend", "gateway", POOL_STAFF, op_notification_resend, NULL, "Sends a message again that did not arrive." },
    { "order.history", "gateway", POOL_STAFF, op_order_history, NULL, "The messages of an order." },
    { "retention", "admin", POOL_INTERNAL, op_retention, NULL, "The next step of erasing personal data whose time is over." },
    { "events.pull", "admin", POOL_INTERNAL, events_op_pull, NULL, "Facts after a cursor." },
};
/* clang-format on */
const size_t notify_n_ops = sizeof notify_ops / sizeof *notify_ops;

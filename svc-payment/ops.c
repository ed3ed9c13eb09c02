#include "ops.h"
#include "common/events.h"
#include "op_confirm.h"
#include "op_initialize.h"
#include "op_payment_get.h"
#include "op_refund.h"
#include "op_staff.h"
#include "op_webhook.h"
#include "retention_store.h"

#define VISIT(name, pool, fn, help)                                                                                    \
    { name, "gateway", pool, fn, NULL, help }
#define STAFF(name, fn, help)                                                                                          \
    { name, "gateway", POOL_STAFF, fn, NULL, help }

/* clang-format off */
const struct bus_op payment_ops[] = {
    VISIT("payment.initialize", POOL_PAY, op_initialize, "Opens a payment window for an order."),
    VISIT("payment.confirm", POOL_PAY, op_confirm, "The buyer is back from the window: the payment is confirmed; waits up to 10 s for the outcome."),
    VISIT("payment.get", POOL_VISITOR, op_payment_get, "How the payment of an order stands, with its cancels."),
    { "payment.webhook", "gateway", POOL_WEBHOOK, NULL, op_webhook, "A webhook of the provider, stored; the payment is looked up." },
    VISIT("refund.quote", POOL_VISITOR, op_refund_quote, "What comes back for tickets of an order, and what it costs."),
    VISIT("order.cancel", POOL_VISITOR, op_cancel, "An order, or tickets of it, given back by the buyer."),

    STAFF("order.patch", op_order_patch, "Cancels an order (manager, superadmin, finance); everything else is passed on to booking."),
    STAFF("order.history", op_order_history, "Attempts to pay an order and refunds of it."),
    STAFF("payments.stuck", op_stuck, "Payments and refunds that a person should look at, with the next automatic step."),
    STAFF("reconciliation.get", op_reconciliation, "The comparison of a day with the provider's list."),

    { "retention", "admin", POOL_INTERNAL, op_retention, NULL, "The next step of erasing personal data whose time is over." },
    { "events.pull", "notify,admin,entrance", POOL_INTERNAL, events_op_pull, NULL, "Facts after a cursor." },
};
/* clang-format on */
const size_t payment_n_ops = sizeof payment_ops / sizeof *payment_ops;

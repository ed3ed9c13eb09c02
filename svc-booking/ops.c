#include "ops.h"
#include "common/events.h"
#include "op_entries.h"
#include "op_order.h"
#include "op_order_create.h"
#include "op_payment.h"
#include "op_staff.h"
#include "retention_store.h"

#define VISIT(name, pool, fn, help)                                                                                    \
    { name, "gateway", pool, fn, NULL, help }
#define STAFF(name, fn, help)                                                                                          \
    { name, "gateway", POOL_STAFF, fn, NULL, help }
#define STEP(name, help)                                                                                               \
    { name, "payment", POOL_CHECKOUT, NULL, op_payment_step, help }
#define PAYMENT(name, pool, fn, help)                                                                                  \
    { name, "payment", pool, fn, NULL, help }

/* clang-format off */
const struct bus_op booking_ops[] = {
    { "order.create", "gateway", POOL_CHECKOUT, NULL, op_order_create, "Holds stock for an order." },
    VISIT("order.get", POOL_BROWSE, op_order_get, "One order; personal data masked without its token."),
    VISIT("order.lookup", POOL_BROWSE, op_order_lookup, "The token of an order for its number and phone; locks after 10 failures."),

    STAFF("exhibition.list", op_exhibition_list, "Exhibitions in the caller's scope."),
    STAFF("exhibition.get", op_exhibition_get, "One exhibition with its rules."),
    STAFF("exhibition.create", op_exhibition_create, "A new exhibition."),
    STAFF("exhibition.update", op_exhibition_update, "Changes the given fields of an exhibition."),
    STAFF("exhibition.delete", op_exhibition_delete, "Deletes an exhibition without orders."),
    STAFF("product.list", op_product_list, "Products in the caller's scope."),
    STAFF("product.create", op_product_create, "A new product with its stock."),
    STAFF("product.update", op_product_update, "Changes the given fields of a product; stock by the difference."),
    STAFF("product.delete", op_product_delete, "Deletes a product nobody ordered."),
    STAFF("slot.list", op_slot_list, "Time slots in the caller's scope."),
    STAFF("slot.create", op_slot_create, "Time slots by a rule of dates, weekdays and times."),
    STAFF("slot.update", op_slot_update, "Changes capacity or state of a time slot."),
    STAFF("slot.delete", op_slot_delete, "Deletes a time slot nobody ordered."),
    STAFF("order.list", op_staff_order_list, "Orders by filters, masked, page by page."),
    STAFF("order.detail", op_staff_order_detail, "One order with its history."),
    STAFF("order.export", op_order_export, "Orders by the same filters as rows of a sheet, up to 2,000 in a page."),
    STAFF("order.reveal", op_order_reveal, "Who ordered, in clear, for a reason; each look is a fact of audit."),
    { "order.patch", "payment", POOL_STAFF, op_staff_order_patch, NULL,
      "Cancels an unpaid order, or changes a memo (staff: memo only)." },

    STEP("begin_payment", "An attempt to pay begins: the hold no longer lapses."),
    STEP("mark_paid", "The money of an attempt came; the verdict says whether it may stay."),
    STEP("await_deposit", "An account was issued: the order waits for the deposit."),
    STEP("payment_failed", "An attempt ended without money."),
    PAYMENT("void_tickets", POOL_CHECKOUT, op_refund, "A refund begins: nobody enters with its tickets any more."),
    PAYMENT("unvoid_tickets", POOL_CHECKOUT, op_refund, "A refund is not to be: its tickets are as before."),
    PAYMENT("release", POOL_CHECKOUT, op_refund, "The money of a refund is back: the places are free."),
    PAYMENT("refund_settled", POOL_CHECKOUT, op_refund, "Money that came too late is back where it came from."),
    PAYMENT("cancel_unpaid", POOL_CHECKOUT, op_cancel_unpaid, "Gives an order back on which no money is moving."),
    PAYMENT("payment_order", POOL_BROWSE, op_payment_order, "What a payment must know of an order."),
    PAYMENT("list_paying", POOL_BROWSE, op_list_paying, "Orders with an open attempt, for reconciliation."),
    PAYMENT("payment_health", POOL_INTERNAL, op_payment_health, "Payments are possible, or not; holds get the time of an outage back."),

    { "note_entries", "entrance", POOL_INTERNAL, op_note_entries, NULL, "Codes of orders, and who of them is inside." },
    { "catalogue.snapshot", "gateway", POOL_INTERNAL, op_catalogue_snapshot, NULL, "Rendered catalogue documents that changed." },
    { "exhibition.ends", "admin", POOL_INTERNAL, op_exhibition_ends, NULL, "The last day of every exhibition." },
    { "retention", "admin", POOL_INTERNAL, op_retention, NULL, "The next step of erasing personal data whose time is over." },
    { "events.pull", "notify,admin,entrance", POOL_INTERNAL, events_op_pull, NULL, "Facts after a cursor." },
};
/* clang-format on */
const size_t booking_n_ops = sizeof booking_ops / sizeof *booking_ops;

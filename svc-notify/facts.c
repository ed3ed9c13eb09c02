#include "facts.h"
#include "common/fault.h"
#include "facts_store.h"
#include "replan.h"

static const struct event_source sources[] = {
    {"booking",
     "exhibition.changed,slot.changed,order.restated,order.awaiting_deposit,order.paid,"
     "order.partially_cancelled,order.cancelled,order.expired,order.refunding,order.refunded,"
     "order.refund_refused",
     NULL},
    {"payment",
     "payment.account_issued,payment.paid,payment.failed,payment.reversed,payment.returning,"
     "refund.accepted,refund.needs_account,refund.rejected,refund.done",
     NULL},
};

static enum db_rc apply(void *arg, struct db *db, struct arena *a, const struct event *e, size_t n) {
    (void)arg;
    const char *const *orders;
    size_t n_orders;
    fault_hit("notify.facts.before");
    enum db_rc rc = facts_store_put(db, a, e->source, e, n, &orders, &n_orders);
    if (rc == DB_OK && n_orders > 0) rc = replan(db, a, orders, n_orders);
    if (rc == DB_OK) fault_hit("notify.facts.after");
    return rc;
}

struct consumers *facts_start(struct daemon *d, struct bus_client *bus) {
    const struct consumer_conf conf = {.name = "notify", .bus = bus, .lock = facts_store_lock, .apply = apply};
    return consumers_start(d, &conf, sources, sizeof sources / sizeof *sources);
}

#include "facts.h"
#include "common/fault.h"
#include "entrance.h"
#include "facts_store.h"
#include "issue.h"
#include "resettle.h"

/* Those after which the tickets of an order may be others, and the catalogue. */
#define TYPES                                                                                                          \
    "exhibition.changed,exhibition.deleted,product.changed,slot.changed,"                                              \
    "order.paid,order.restated,order.awaiting_deposit,order.partially_cancelled,order.cancelled,order.expired,"        \
    "order.refunding,order.refunded,order.refund_refused"

/* A ticket that is valid again may be the one of somebody who is inside already. */
static enum db_rc resettle_entered(struct db *db, struct arena *a, const struct event *events, size_t n) {
    const int64_t *ids;
    struct gate_order *orders;
    size_t n_ids, n_orders = 0;
    enum db_rc rc = facts_store_claimed(db, a, events, n, &ids, &n_ids);
    if (rc == DB_OK) rc = order_store_lock(db, a, ids, n_ids, &orders, &n_orders);
    return rc == DB_OK && n_orders > 0 ? resettle(db, a, orders, n_orders) : rc;
}

/* The codes are made in the transaction of the order: there is no order without its codes, however we end. */
static enum db_rc apply(void *arg, struct db *db, struct arena *a, const struct event *events, size_t n) {
    struct entrance *e = arg;
    struct issue *issues;
    size_t n_issues;
    fault_hit("entrance.facts.before");
    enum db_rc rc = facts_store_note(db, a, events, n, &issues, &n_issues);
    if (rc == DB_OK) rc = issue_codes(e->keys, db, a, issues, n_issues);
    if (rc == DB_OK) rc = resettle_entered(db, a, events, n);
    if (rc == DB_OK) fault_hit("entrance.facts.after");
    return rc;
}

struct consumers *facts_start(struct daemon *d, struct entrance *e) {
    static const struct event_source source = {"booking", TYPES, NULL};
    const struct consumer_conf conf = {.name = "entrance", .bus = e->bus, .apply = apply, .arg = e};
    return consumers_start(d, &conf, &source, 1);
}

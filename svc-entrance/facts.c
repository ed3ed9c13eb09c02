#include "facts.h"
#include "common/events.h"
#include "common/fault.h"
#include "entrance.h"
#include "facts_store.h"
#include "issue.h"

/* Those after which the tickets of an order may be others, and the catalogue. */
#define TYPES                                                                                                          \
    "exhibition.changed,exhibition.deleted,product.changed,slot.changed,"                                              \
    "order.paid,order.awaiting_deposit,order.partially_cancelled,order.cancelled,order.expired,"                       \
    "order.refunding,order.refunded,order.refund_refused"

/* The codes are made in the transaction of the order: there is no order without its codes, however we end. */
static enum db_rc apply(void *arg, struct db *db, struct arena *a, const struct event *events, size_t n) {
    struct entrance *e = arg;
    struct issue *issues;
    size_t n_issues;
    fault_hit("entrance.facts.before");
    enum db_rc rc = facts_store_note(db, a, events, n, &issues, &n_issues);
    if (rc == DB_OK) rc = issue_codes(e->keys, db, a, issues, n_issues);
    if (rc == DB_OK) fault_hit("entrance.facts.after");
    return rc;
}

struct consumer *facts_start(struct entrance *e, struct db *db) {
    const struct consumer_conf conf = {
        .name = "entrance",
        .service = "booking",
        .types = TYPES,
        .bus = e->bus,
        .db = db,
        .apply = apply,
        .arg = e,
    };
    return db != NULL ? consumer_start(&conf) : NULL;
}

#include "facts.h"
#include <stdlib.h>
#include "common/daemon.h"
#include "common/events.h"
#include "common/log.h"
#include "facts_store.h"
#include "replan.h"

#define TIMEOUT_MS 10000

static const struct source {
    const char *service, *types;
} sources[] = {
    {"booking", "exhibition.changed,slot.changed,order.restated,order.awaiting_deposit,order.paid,"
                "order.partially_cancelled,order.cancelled,order.expired,order.refunding,order.refunded,"
                "order.refund_refused"},
    {"payment", "payment.account_issued,payment.paid,payment.failed,payment.reversed,payment.returning,"
                "refund.accepted,refund.needs_account,refund.rejected,refund.done"},
};
#define N_SOURCES (sizeof sources / sizeof *sources)

struct facts {
    struct db *dbs[N_SOURCES];
    struct consumer *consumers[N_SOURCES];
};

static enum db_rc apply(void *arg, struct db *db, struct arena *a, const struct event *e, size_t n) {
    const struct source *source = arg;
    const char *const *orders;
    size_t n_orders;
    fault_hit("notify.facts.before");
    enum db_rc rc = facts_store_put(db, a, source->service, e, n, &orders, &n_orders);
    if (rc == DB_OK && n_orders > 0) rc = replan(db, a, orders, n_orders);
    if (rc == DB_OK) fault_hit("notify.facts.after");
    return rc;
}

struct facts *facts_start(struct daemon *d) {
    const struct notify *notify = daemon_get_state(d);
    struct facts *f = calloc(1, sizeof *f);
    for (size_t i = 0; f != NULL && i < N_SOURCES; i++) {
        f->dbs[i] = daemon_db(d, TIMEOUT_MS);
        const struct consumer_conf conf = {.name = "notify",
                                           .service = sources[i].service,
                                           .types = sources[i].types,
                                           .bus = notify->bus,
                                           .db = f->dbs[i],
                                           .lock = facts_store_lock,
                                           .apply = apply,
                                           .arg = (void *)(uintptr_t)&sources[i]};
        f->consumers[i] = f->dbs[i] == NULL ? NULL : consumer_start(&conf);
        if (f->consumers[i] == NULL) facts_stop(&f);
    }
    if (f == NULL) log_error("facts cannot be pulled");
    return f;
}

void facts_stop(struct facts **fp) {
    struct facts *f = *fp;
    if (f == NULL) return;
    for (size_t i = 0; i < N_SOURCES; i++) {
        if (f->consumers[i] != NULL) consumer_stop(&f->consumers[i]);
        db_close(&f->dbs[i]);
    }
    free(f);
    *fp = NULL;
}

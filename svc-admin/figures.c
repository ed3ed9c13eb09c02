#include "figures.h"
#include <stdint.h>
#include "common/daemon.h"
#include "common/events.h"
#include "figures_store.h"

#define TIMEOUT_MS 10000
#define PAGE 500

/* Those that change what is counted, and of them only what is. */
static const struct source {
    const char *service, *types, *fields;
} sources[] = {
    {"booking",
     "exhibition.changed,exhibition.deleted,product.changed,product.deleted,order.reserved,order.paid,order.restated,"
     "order.awaiting_deposit,order.partially_cancelled,order.cancelled,order.expired,order.refunding,order.refunded,"
     "order.refund_refused",
     "id,code,name,type,exhibition_id,status,payment_status,total_amount,created_at,items,tickets"},
    {"payment", "refund.done", "order_number,kind,amount"},
    {"entrance", "order.entered", "exhibition_id,entered"},
};
#define N_SOURCES (sizeof sources / sizeof *sources)

static struct db *dbs[N_SOURCES];
static struct consumer *consumers[N_SOURCES];

static enum db_rc apply(void *arg, struct db *db, struct arena *a, const struct event *events, size_t n) {
    const struct source *source = arg;
    fault_hit("admin.figures.before");
    enum db_rc rc = figures_store_note(db, a, source->service, events, n);
    if (rc == DB_OK) fault_hit("admin.figures.after");
    return rc;
}

static int start(struct admin *a) {
    for (size_t i = 0; i < N_SOURCES; i++) {
        dbs[i] = daemon_db(a->daemon, TIMEOUT_MS);
        const struct consumer_conf conf = {.name = "figures",
                                           .service = sources[i].service,
                                           .types = sources[i].types,
                                           .fields = sources[i].fields,
                                           .page = PAGE,
                                           .bus = a->bus,
                                           .db = dbs[i],
                                           .lock = figures_store_lock,
                                           .apply = apply,
                                           .arg = (void *)(uintptr_t)&sources[i]};
        consumers[i] = dbs[i] != NULL ? consumer_start(&conf) : NULL;
        if (consumers[i] == NULL) return -1;
    }
    return 0;
}

static void stop(void) {
    for (size_t i = 0; i < N_SOURCES; i++) {
        consumer_stop(&consumers[i]);
        db_close(&dbs[i]);
    }
}

const struct admin_part figures_part = {"figures", start, stop};

#include "figures.h"
#include "common/consumers.h"
#include "common/fault.h"
#include "figures_store.h"

#define PAGE 500

/* Those that change what is counted, and of them only what is. */
static const struct event_source sources[] = {
    {"booking",
     "exhibition.changed,exhibition.deleted,product.changed,product.deleted,order.reserved,order.paid,order.restated,"
     "order.awaiting_deposit,order.partially_cancelled,order.cancelled,order.expired,order.refunding,order.refunded,"
     "order.refund_refused",
     "id,code,name,type,exhibition_id,status,payment_status,total_amount,created_at,items,tickets"},
    {"payment", "refund.done", "order_number,kind,amount"},
    {"entrance", "order.entered", "exhibition_id,entered"},
};

static struct consumers *consumers;

static enum db_rc apply(void *arg, struct db *db, struct arena *a, const struct event *events, size_t n) {
    (void)arg;
    fault_hit("admin.figures.before");
    enum db_rc rc = figures_store_note(db, a, events->source, events, n);
    if (rc == DB_OK) fault_hit("admin.figures.after");
    return rc;
}

static int start(struct admin *a) {
    const struct consumer_conf conf = {
        .name = "figures", .page = PAGE, .bus = a->bus, .lock = figures_store_lock, .apply = apply};
    consumers = consumers_start(a->daemon, &conf, sources, sizeof sources / sizeof *sources);
    return consumers != NULL ? 0 : -1;
}

static void stop(void) { consumers_stop(&consumers); }

const struct admin_part figures_part = {"figures", start, stop};

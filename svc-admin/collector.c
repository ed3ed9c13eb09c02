/* collector - what staff did, told by the services that let them: their events of type "audit" go into one log.
 *
 * A fact and the cursor behind it are one commit: none is lost, none comes twice, whoever dies when. */
#include "collector.h"
#include "audit_log_store.h"
#include "common/consumers.h"
#include "common/fault.h"

#define TYPES "audit"

static const struct event_source sources[] = {
    {"booking", TYPES, NULL}, {"payment", TYPES, NULL}, {"entrance", TYPES, NULL},
    {"notify", TYPES, NULL},  {"admin", TYPES, NULL},
};

static struct consumers *consumers;

static enum db_rc apply(void *arg, struct db *db, struct arena *a, const struct event *e, size_t n) {
    (void)arg;
    fault_hit("admin.collect.before");
    enum db_rc rc = audit_log_append(db, a, e->source, e, n);
    if (rc == DB_OK) fault_hit("admin.collect.after");
    return rc;
}

static int start(struct admin *a) {
    const struct consumer_conf conf = {.name = "audit", .bus = a->bus, .apply = apply};
    consumers = consumers_start(a->daemon, &conf, sources, sizeof sources / sizeof *sources);
    return consumers != NULL ? 0 : -1;
}

static void stop(void) { consumers_stop(&consumers); }

const struct admin_part collector_part = {"collector", start, stop};

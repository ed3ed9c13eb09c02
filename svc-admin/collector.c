/* collector - what staff did, told by the services that let them: their events of type "audit" go into one log.
 *
 * A fact and the cursor behind it are one commit: none is lost, none comes twice, whoever dies when. */
#include "collector.h"
#include "audit_log_store.h"
#include "common/daemon.h"
#include "common/events.h"
#include "common/fault.h"
#include "common/log.h"

#define TIMEOUT_MS 10000

static const char *const sources[] = {"booking", "payment", "entrance", "notify", "admin"};
#define N_SOURCES (sizeof sources / sizeof *sources)

static struct db *dbs[N_SOURCES];
static struct consumer *consumers[N_SOURCES];

static enum db_rc apply(void *arg, struct db *db, struct arena *a, const struct event *e, size_t n) {
    fault_hit("admin.collect.before");
    enum db_rc rc = audit_log_append(db, a, arg, e, n);
    if (rc == DB_OK) fault_hit("admin.collect.after");
    return rc;
}

static int start(struct admin *a) {
    for (size_t i = 0; i < N_SOURCES; i++) {
        dbs[i] = daemon_db(a->daemon, TIMEOUT_MS);
        const struct consumer_conf conf = {.name = "audit",
                                           .service = sources[i],
                                           .types = "audit",
                                           .bus = a->bus,
                                           .db = dbs[i],
                                           .apply = apply,
                                           .arg = (void *)(uintptr_t)sources[i]};
        consumers[i] = dbs[i] != NULL ? consumer_start(&conf) : NULL;
        if (consumers[i] == NULL) {
            log_error("facts of audit cannot be pulled", "source", sources[i]);
            return -1;
        }
    }
    return 0;
}

static void stop(void) {
    for (size_t i = 0; i < N_SOURCES; i++) {
        if (consumers[i] != NULL) consumer_stop(&consumers[i]);
        db_close(&dbs[i]);
    }
}

const struct admin_part collector_part = {"collector", start, stop};

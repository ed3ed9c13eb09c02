/* consumer_probe - a daemon that pulls its own events over the bus: for tests/consumer.test.mjs, which makes its tables,
 * writes events, kills it and counts what it did. */
#include <stdlib.h>

#include "common/daemon.h"
#include "common/db.h"
#include "common/events.h"

#define SELF "probe"

struct config {
    char *addr, *types;
};
struct probe {
    struct bus_client *bus;
    struct db *db;
    struct consumer *consumer;
};

static struct config config;
static const struct setting settings[] = {
    {"PROBE_ADDR", SET_TEXT, offsetof(struct config, addr), NULL, 3, 256, SET_REQUIRED, "host:port of its own bus."},
    {"PROBE_TYPES", SET_TEXT, offsetof(struct config, types), NULL, 1, 256, 0,
     "Types of events it wants; all without."},
};
static const struct bus_pool pools[] = {{"internal", 1, 16}};
static const struct bus_op ops[] = {
    {.name = "events.pull", .callers = SELF, .handler = events_op_pull, .help = "Events after a cursor."},
};
static const struct fault_point faults[] = {
    {"probe.effect", FAULT_EXIT, "The effect is written, its transaction not committed."},
    {"probe.connection", FAULT_DROP, "The connection is cut after the effect."},
};
static const struct bus_lane lanes[] = {{"internal", 2, 1, 16}};

/* What an event does is a function of the test's schema. */
static enum db_rc apply_one(struct db *db, struct arena *a, const struct event *e) {
    static const struct db_stmt effect = {"probe_effect", "CALL apply_event($1, $2, $3, $4)"};
    struct db_args args = db_args(a);
    db_arg_text(&args, e->cursor);
    db_arg_text(&args, e->entity);
    db_arg_int(&args, e->version);
    db_arg_text(&args, e->payload);
    enum db_rc rc = db_exec(db, &effect, &args, NULL);
    fault_hit("probe.effect");
    if (fault_hit("probe.connection")) db_drop(db);
    return rc;
}

static enum db_rc apply(void *arg, struct db *db, struct arena *a, const struct event *e, size_t n) {
    (void)arg;
    enum db_rc rc = DB_OK;
    for (size_t i = 0; i < n && rc == DB_OK; i++) rc = apply_one(db, a, &e[i]);
    return rc;
}

static int start(struct daemon *d) {
    struct probe *p = calloc(1, sizeof *p);
    if (!p) return -1;
    const struct bus_service self = {SELF, config.addr, lanes, sizeof lanes / sizeof *lanes};
    daemon_set_state(d, p);
    p->db = daemon_db(d, 3000);
    p->bus = bus_client_open(SELF, daemon_bus_key(d), &self, 1);
    if (!p->db || !p->bus) return -1;
    p->consumer = consumer_start(&(struct consumer_conf){
        .name = "probe", .service = SELF, .types = config.types, .bus = p->bus, .db = p->db, .apply = apply});
    return p->consumer ? 0 : -1;
}

static void stop(struct daemon *d) {
    struct probe *p = daemon_get_state(d);
    consumer_stop(&p->consumer);
    bus_client_close(&p->bus);
    db_close(&p->db);
    free(p);
}

int main(int argc, char **argv) {
    static const struct daemon_spec spec = {
        .name = "consumer-probe",
        .service = SELF,
        .about = "Pulls its own events; for tests.",
        .settings = settings,
        .n_settings = sizeof settings / sizeof *settings,
        .config = &config,
        .ops = ops,
        .n_ops = sizeof ops / sizeof *ops,
        .pools = pools,
        .n_pools = sizeof pools / sizeof *pools,
        .faults = faults,
        .n_faults = sizeof faults / sizeof *faults,
        .callers = SELF,
        .start = start,
        .stop = stop,
    };
    return daemon_run(&spec, argc, argv);
}

/* daemon - the skeleton owns the process; a daemon only describes itself. main() is  return daemon_run(&spec, argc, argv);
 *
 * Start: block signals, settings, log, fault points, health port, spec->start, bus server. SIGTERM or SIGINT: drain (no accepted
 * call loses its reply), spec->stop, exit 0; a second one, or the watchdog after 9 s, ends at once. SIGHUP: reopen LOG_FILE.
 * Every daemon answers: --help --settings --ops --fault-points. */
#pragma once
#include <stdbool.h>
#include "bus.h"
#include "fault.h"
#include "settings.h"

struct daemon;
struct daemon_spec {
    const char *name;    /* "svc-booking": logger and program name */
    const char *service; /* "booking": name on the bus; NULL: not on the bus, so no key */
    const char *about;   /* one paragraph for --help */
    const struct setting *settings;
    size_t n_settings;
    void *config;             /* filled before start() */
    const struct bus_op *ops; /* NULL: no bus server (gateway) */
    size_t n_ops;
    const struct bus_pool *pools;
    size_t n_pools;
    const struct fault_point *faults;
    size_t n_faults;
    const char *metrics_listen, *bus_listen; /* defaults of METRICS_LISTEN, BUS_LISTEN; NULL: required */
    bool redis;                              /* it has REDIS_URL, each worker a connection */
    const char *callers;                     /* services whose BUS_KEY_<NAME> is needed: "gateway,payment" */
    int (*check)(void *config);              /* rules over several settings, ENV=production; -1 refuses to start */
    int (*start)(struct daemon *d);          /* own threads and state; -1 refuses to start */
    void (*drain)(struct daemon *d, int ms); /* after the bus took its last call, before stop */
    void (*stop)(struct daemon *d);
    bool (*ready)(struct daemon *d); /* for /readyz on the health port; asked once start() is over */
    const char *table_option;        /* "--routes": prints a table that only this daemon has; NULL: it has none */
    void (*print_table)(const struct daemon_spec *spec);
};
int daemon_run(const struct daemon_spec *spec, int argc, char **argv);

void *daemon_config(struct daemon *d);
void daemon_set_state(struct daemon *d, void *state);
void *daemon_get_state(struct daemon *d);
bool daemon_draining(const struct daemon *d);
bool daemon_production(const struct daemon *d); /* ENV=production */
/* A connection of its own for a background thread of the daemon (same URL and limits as the workers'). */
struct db *daemon_db(struct daemon *d, int statement_timeout_ms);
struct redis *daemon_redis(struct daemon *d); /* NULL without spec->redis */
const char *daemon_bus_key(struct daemon *d); /* own signing key */
const char *daemon_bus_listen(struct daemon *d);
/* Under which name a replica leases rows: `instance`, or when that is "" host and BUS_LISTEN: two replicas may share an address
 * inside their hosts, and a host may have two replicas. */
#define DAEMON_OWNER_MAX 256
void daemon_owner(const struct daemon *d, const char *instance, char out[DAEMON_OWNER_MAX]);

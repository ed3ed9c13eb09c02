/* svc-admin - who the staff are and what they did: accounts, sessions, live figures, the log of audit, retention.
 *
 * Answers: ops.c. Settings: settings.c. Fault points: fault_points.c. Tables: schema admin, all of it. Calls: booking, payment,
 * entrance, notify and itself (lane internal), whose events it pulls.
 *
 * Without it everything goes on but signing in and figures: tokens are checked by the gateway, events wait. */
#include <string.h>
#include <unistd.h>
#include "accounts.h"
#include "admin.h"
#include "collector.h"
#include "common/crypto.h"
#include "common/daemon.h"
#include "common/log.h"
#include "config.h"
#include "fault_points.h"
#include "figures.h"
#include "ops.h"
#include "retention.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static struct bus_pool pools[POOL_COUNT] = {
    [POOL_LOGIN] = {"login", 0, 64},
    [POOL_STAFF] = {"staff", 0, 256},
    [POOL_FIGURES] = {"figures", 0, 256},
    [POOL_INTERNAL] = {"internal", 0, 64},
};
static const struct bus_lane lanes[] = {{"internal", 4, 1, 64}};

/* In order of start; they stop in the opposite order. */
static const struct admin_part *const parts[] = {&accounts_part, &collector_part, &figures_part, &retention_part};

static struct admin admin;

static void size_pools(const struct admin_config *c) {
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    pools[POOL_LOGIN].workers = c->hash_threads > 0 ? (int)c->hash_threads : cores > 3 ? (int)(cores / 2) : 1;
    pools[POOL_STAFF].workers = (int)c->staff_workers;
    pools[POOL_FIGURES].workers = (int)c->figures_workers;
    pools[POOL_INTERNAL].workers = (int)c->internal_workers;
}

/* -1 ends the process, so nothing is taken down here. */
static int start(struct daemon *d) {
    const struct admin_config *c = daemon_config(d);
    const struct bus_service services[] = {{"booking", c->booking_addr, lanes, 1},
                                           {"payment", c->payment_addr, lanes, 1},
                                           {"entrance", c->entrance_addr, lanes, 1},
                                           {"notify", c->notify_addr, lanes, 1},
                                           {"admin", daemon_bus_listen(d), lanes, 1}};
    size_pools(c);
    admin = (struct admin){.config = c, .daemon = d};
    daemon_set_state(d, &admin);
    admin.seal = seal_key_new(c->admin_key, strlen(c->admin_key));
    admin.refresh_key = hmac_key_new(c->admin_key, strlen(c->admin_key));
    admin.bus = bus_client_open("admin", daemon_bus_key(d), services, COUNT(services));
    if (admin.seal == NULL || admin.refresh_key == NULL || admin.bus == NULL) return -1;
    for (size_t i = 0; i < COUNT(parts); i++)
        if (parts[i]->start(&admin) != 0) {
            log_error("part does not start", "part", parts[i]->name);
            return -1;
        }
    return 0;
}

static void stop(struct daemon *d) {
    (void)d;
    for (size_t i = COUNT(parts); i-- > 0;) parts[i]->stop();
    bus_client_close(&admin.bus);
    hmac_key_free(&admin.refresh_key);
    seal_key_free(&admin.seal);
}

int main(int argc, char **argv) {
    static struct admin_config config;
    const struct daemon_spec spec = {
        .name = "svc-admin",
        .service = "admin",
        .about =
            "The staff of the ticket system: accounts, sessions, live figures, the log of who did what, retention.",
        .settings = admin_settings,
        .n_settings = admin_n_settings,
        .config = &config,
        .ops = admin_ops,
        .n_ops = admin_n_ops,
        .pools = pools,
        .n_pools = POOL_COUNT,
        .faults = admin_faults,
        .n_faults = admin_n_faults,
        .metrics_listen = "127.0.0.1:9106",
        .bus_listen = "127.0.0.1:7141",
        .callers = "admin,gateway",
        .check = admin_settings_check,
        .start = start,
        .stop = stop,
    };
    return daemon_run(&spec, argc, argv);
}

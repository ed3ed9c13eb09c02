/* svc-notify - messages to buyers: what booking and payment tell becomes an Alimtalk message, once.
 *
 * Answers: ops.c. Settings: settings.c. Fault points: fault_points.c. Tables: schema notify, all of it. Calls: booking and
 * payment (events), and the provider (by the struct in provider.h). */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "common/crypto.h"
#include "common/daemon.h"
#include "common/log.h"
#include "config.h"
#include "fault_points.h"
#include "notify.h"
#include "ops.h"

#define LEASE_MORE_SECONDS 15 /* than a call to the provider may take */
#define OWNER_MAX 256

static struct bus_pool pools[POOL_COUNT] = {
    [POOL_STAFF] = {"staff", 0, 256},
    [POOL_INTERNAL] = {"internal", 0, 64},
};
static const struct bus_lane lanes[] = {{"internal", 4, 1, 64}};

/* Everything start() makes, in the order in which stop() takes it down from the end. */
static struct parts {
    struct notify notify;
    char owner[OWNER_MAX];
    atomic_bool started; /* the health port answers before start() is through */
} parts;

/* Two replicas may share an address inside their hosts, and a host may have two replicas. */
static void name_owner(struct daemon *d, const struct notify_config *c) {
    char host[65] = "";
    gethostname(host, sizeof host - 1);
    if (*c->instance != '\0')
        snprintf(parts.owner, sizeof parts.owner, "%s", c->instance);
    else
        snprintf(parts.owner, sizeof parts.owner, "%s/%s", host, daemon_bus_listen(d));
}

/* From what is asked to who asks; -1 ends the process, so nothing is taken down here. */
static int start(struct daemon *d) {
    const struct notify_config *c = daemon_config(d);
    const struct bus_service services[] = {{"booking", c->booking_addr, lanes, 1},
                                           {"payment", c->payment_addr, lanes, 1}};
    struct notify *n = &parts.notify;
    pools[POOL_STAFF].workers = (int)c->staff_workers;
    pools[POOL_INTERNAL].workers = (int)c->internal_workers;
    name_owner(d, c);
    n->config = c;
    n->owner = parts.owner;
    n->lease_seconds = c->timeout_seconds + LEASE_MORE_SECONDS;
    daemon_set_state(d, n);
    n->token_key = hmac_key_new(c->order_token_key, strlen(c->order_token_key));
    n->bus = bus_client_open("notify", daemon_bus_key(d), services, 2);
    if (n->token_key == NULL || n->bus == NULL) return -1;
    atomic_store(&parts.started, true);
    return 0;
}

static void stop(struct daemon *d) {
    struct notify *n = &parts.notify;
    (void)d;
    bus_client_close(&n->bus);
    hmac_key_free(&n->token_key);
}

static bool ready(struct daemon *d) {
    (void)d;
    return atomic_load(&parts.started);
}

int main(int argc, char **argv) {
    static struct notify_config config;
    const struct daemon_spec spec = {
        .name = "svc-notify",
        .service = "notify",
        .about = "Messages to the buyers of the ticket system: Alimtalk through a provider, a text message where that "
                 "fails.",
        .settings = notify_settings,
        .n_settings = notify_n_settings,
        .config = &config,
        .ops = notify_ops,
        .n_ops = notify_n_ops,
        .pools = pools,
        .n_pools = POOL_COUNT,
        .faults = notify_faults,
        .n_faults = notify_n_faults,
        .metrics_listen = "127.0.0.1:9105",
        .bus_listen = "127.0.0.1:7131",
        .callers = "gateway,admin",
        .start = start,
        .stop = stop,
        .ready = ready,
    };
    return daemon_run(&spec, argc, argv);
}

/* svc-payment - Toss Payments end to end: no money without its order, no order without its money.
 *
 * Answers: ops.c. Settings: settings.c. Fault points: fault_points.c. Tables: schema payment, all of it. Calls: booking (lanes
 * attempt, order), entrance, and the provider (toss.c, by the struct in provider.h).
 *
 * A payment: op_initialize.c and op_confirm.c put a row of `attempts` on its way and park the request (waiters.c); saga.c
 * drives the row from state to state (saga_table.c -> steps_*.c), each move saved by journal.c before the next outside
 * call. Whatever is left lying, by whom ever, the reconciler in saga.c finds. Refunds go the same way (steps_refund.c). */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "common/crypto.h"
#include "common/daemon.h"
#include "common/db.h"
#include "common/log.h"
#include "chores.h"
#include "config.h"
#include "db_pool.h"
#include "fault_points.h"
#include "journal.h"
#include "ops.h"
#include "payment.h"
#include "saga.h"
#include "toss.h"
#include "toss_keys.h"
#include "waiters.h"

#define BACKGROUND_TIMEOUT_MS 10000
#define JOURNAL_TIMEOUT_MS 4000
#define JOURNAL_LANES 1 /* two were slower: a commit costs nearly the same for twice as many moves */
#define STEP_CONNECTIONS 4
#define LEASE_MORE_SECONDS 15 /* than a call to the provider may take */

static struct bus_pool pools[POOL_COUNT] = {
    [POOL_PAY] = {"pay", 0, 2048},    [POOL_VISITOR] = {"visitor", 0, 2048}, [POOL_WEBHOOK] = {"webhook", 0, 1024},
    [POOL_STAFF] = {"staff", 0, 256}, [POOL_INTERNAL] = {"internal", 0, 64},
};

static const struct bus_lane booking_lanes[] = {
    {"attempt", 4, 128, 4096}, /* committed in groups */
    {"order", 16, 1, 1024},
};
static const struct bus_lane entrance_lanes[] = {{"internal", 8, 1, 1024}};

/* Everything start() makes, in the order in which stop() takes it down from the end. */
static struct parts {
    struct payment payment;
    struct toss *toss;
    struct provider provider;
    char owner[DAEMON_OWNER_MAX];
    atomic_bool stopping; /* calls to the provider are given up */
} parts;

static void size_pools(const struct payment_config *c) {
    pools[POOL_PAY].workers = (int)c->pay_workers;
    pools[POOL_VISITOR].workers = (int)c->visitor_workers;
    pools[POOL_WEBHOOK].workers = (int)c->webhook_workers;
    pools[POOL_STAFF].workers = (int)c->staff_workers;
    pools[POOL_INTERNAL].workers = (int)c->internal_workers;
}

static int start_provider(struct daemon *d, const struct payment_config *c) {
    const char *wrong =
        toss_keys_check(c->toss_secret_key, c->toss_client_key, c->toss_payment_url, daemon_production(d));
    if (wrong != NULL) {
        log_error("setting refused", "setting", "TOSS_SECRET_KEY, TOSS_CLIENT_KEY, TOSS_PAYMENT_URL", "reason", wrong);
        return -1;
    }
    const struct toss_conf conf = {
        .secret_key = c->toss_secret_key,
        .url = c->toss_payment_url,
        .timeout_ms = (int)c->toss_timeout_seconds * 1000,
        .breaker_failures = c->breaker_failures,
        .breaker_open_ms = c->breaker_open_ms,
        .stop = &parts.stopping,
    };
    parts.toss = toss_open(&conf);
    if (parts.toss == NULL) return -1;
    parts.provider = toss_provider(parts.toss);
    parts.payment.provider = &parts.provider;
    return 0;
}

static int start_stores(struct daemon *d, struct payment *p) {
    struct db *lanes[JOURNAL_LANES], *steps[STEP_CONNECTIONS];
    for (size_t i = 0; i < JOURNAL_LANES; i++)
        if ((lanes[i] = daemon_db(d, JOURNAL_TIMEOUT_MS)) == NULL) return -1;
    for (size_t i = 0; i < STEP_CONNECTIONS; i++) steps[i] = daemon_db(d, JOURNAL_TIMEOUT_MS);
    p->journal = journal_start(lanes, JOURNAL_LANES, p->owner, p->lease_seconds);
    p->dbs = db_pool_new(steps, STEP_CONNECTIONS);
    return p->journal != NULL && p->dbs != NULL ? 0 : -1;
}

/* From what is asked to who asks; -1 ends the process, so nothing is taken down here. */
static int start(struct daemon *d) {
    const struct payment_config *c = daemon_config(d);
    struct payment *p = &parts.payment;
    const struct bus_service services[] = {{"booking", c->booking_addr, booking_lanes, 2},
                                           {"entrance", c->entrance_addr, entrance_lanes, 1}};
    size_pools(c);
    daemon_owner(d, c->instance, parts.owner);
    p->config = c;
    p->owner = parts.owner;
    p->lease_seconds = c->toss_timeout_seconds + LEASE_MORE_SECONDS;
    daemon_set_state(d, p);
    if (start_provider(d, c) != 0 || start_stores(d, p) != 0) return -1;
    p->bus = bus_client_open("payment", daemon_bus_key(d), services, 2);
    p->waiters = waiters_new(p);
    p->account_key = seal_key_new(c->account_key, strlen(c->account_key));
    if (p->bus == NULL || p->waiters == NULL || p->account_key == NULL) return -1;
    const struct saga_conf engine = {
        .owner = p->owner,
        .lease_seconds = p->lease_seconds,
        .retry_first_ms = c->retry_first_ms,
        .threads = {[POOL_CONFIRM] = (int)c->confirm_threads,
                    [POOL_CANCEL] = (int)c->cancel_threads,
                    [POOL_LOOK_UP] = (int)c->look_up_threads},
    };
    if (saga_engine_start(p, &engine, daemon_db(d, BACKGROUND_TIMEOUT_MS)) == NULL) return -1;
    if ((p->chores = chores_start(d)) == NULL) return -1;
    return 0;
}

static void stop(struct daemon *d) {
    struct payment *p = &parts.payment;
    (void)d;
    atomic_store(&parts.stopping, true);
    chores_stop(&p->chores);
    saga_engine_stop(&p->engine);
    waiters_free(&p->waiters);
    bus_client_close(&p->bus);
    db_pool_free(&p->dbs);
    journal_stop(&p->journal);
    toss_close(&parts.toss);
    seal_key_free(&p->account_key);
}

int main(int argc, char **argv) {
    static struct payment_config config;
    const struct daemon_spec spec = {
        .name = "svc-payment",
        .service = "payment",
        .about = "Payments of the ticket system at Toss Payments: attempts, deposits, refunds, webhooks, the ledger.",
        .settings = payment_settings,
        .n_settings = payment_n_settings,
        .config = &config,
        .ops = payment_ops,
        .n_ops = payment_n_ops,
        .pools = pools,
        .n_pools = POOL_COUNT,
        .faults = payment_faults,
        .n_faults = payment_n_faults,
        .metrics_listen = "127.0.0.1:9103",
        .bus_listen = "127.0.0.1:7111",
        .callers = "gateway,notify,entrance,admin",
        .check = payment_check,
        .start = start,
        .stop = stop,
    };
    return daemon_run(&spec, argc, argv);
}

/* svc-booking - exhibitions, stock, orders: never oversells, sells to the last place, fast on one hot product.
 *
 * Answers: ops.c. Settings: settings.c. Fault points: fault_points.c. Tables: schema booking, all of it. Calls nobody.
 *
 * An order: op_order_create.c (read, gate) -> committer.c (group commit) -> SQL reserve_orders() (every rule) ->
 * order_wish.c (answer). PostgreSQL is the truth; gate and catalogue only answer early. sweeper.c frees what lapsed. */
#include <stdlib.h>
#include <string.h>
#include "common/crypto.h"
#include "common/daemon.h"
#include "common/db.h"
#include "common/redis.h"
#include "booking.h"
#include "catalogue.h"
#include "config.h"
#include "fault_points.h"
#include "gate_keeper.h"
#include "ops.h"
#include "order_wish.h"
#include "payment_step.h"
#include "sweeper.h"

#define COMMIT_TIMEOUT_MS 4000
#define BACKGROUND_TIMEOUT_MS 10000

static struct bus_pool pools[POOL_COUNT] = {
    [POOL_CHECKOUT] = {"checkout", 0, 4096},
    [POOL_BROWSE] = {"browse", 0, 2048},
    [POOL_STAFF] = {"staff", 0, 256},
    [POOL_INTERNAL] = {"internal", 0, 64},
};

static void size_pools(const struct booking_config *c) {
    pools[POOL_CHECKOUT].workers = (int)c->checkout_workers;
    pools[POOL_BROWSE].workers = (int)c->browse_workers;
    pools[POOL_STAFF].workers = (int)c->staff_workers;
    pools[POOL_INTERNAL].workers = (int)c->internal_workers;
}

static struct committer *start_committer(struct daemon *d, struct booking *b, const struct commit_job *job,
                                         size_t lanes) {
    struct db *dbs[COMMIT_LANES_MAX];
    for (size_t i = 0; i < lanes; i++)
        if ((dbs[i] = daemon_db(d, COMMIT_TIMEOUT_MS)) == NULL) return NULL;
    return committer_start(job, b, dbs, lanes);
}

/* From what is asked to who asks; -1 ends the process, so nothing is taken down here. */
static int start(struct daemon *d) {
    const struct booking_config *c = daemon_config(d);
    struct booking *b = calloc(1, sizeof *b);
    if (b == NULL) return -1;
    daemon_set_state(d, b);
    size_pools(c);
    b->public_url = c->public_url;
    b->token_key = hmac_key_new(c->order_token_key, strlen(c->order_token_key));
    b->pub = bus_pub_start(c->pub_listen);
    if (b->token_key == NULL || b->pub == NULL) return -1;
    b->catalogue = catalogue_start(daemon_db(d, BACKGROUND_TIMEOUT_MS), b->pub);
    if (b->catalogue == NULL) return -1;
    b->gate = gate_keeper_start(daemon_redis(d), daemon_db(d, BACKGROUND_TIMEOUT_MS), b->catalogue);
    if (b->gate == NULL) return -1;
    b->orders = start_committer(d, b, &order_commit, (size_t)c->commit_lanes);
    b->payments = start_committer(d, b, &payment_commit, (size_t)c->payment_lanes);
    b->sweeper = sweeper_start(b, daemon_db(d, BACKGROUND_TIMEOUT_MS));
    if (b->orders == NULL || b->payments == NULL || b->sweeper == NULL) return -1;
    return 0;
}

static void stop(struct daemon *d) {
    struct booking *b = daemon_get_state(d);
    sweeper_stop(&b->sweeper);
    committer_stop(&b->payments);
    committer_stop(&b->orders);
    gate_keeper_stop(&b->gate);
    catalogue_stop(&b->catalogue);
    bus_pub_stop(&b->pub);
    hmac_key_free(&b->token_key);
    free(b);
}

static bool ready(struct daemon *d) {
    const struct booking *b = daemon_get_state(d);
    return catalogue_loaded(b->catalogue);
}

int main(int argc, char **argv) {
    static struct booking_config config;
    const struct daemon_spec spec = {
        .name = "svc-booking",
        .service = "booking",
        .about = "Exhibitions, stock and orders of the ticket system: catalogue, holds, group commit, expiry, events.",
        .settings = booking_settings,
        .n_settings = booking_n_settings,
        .config = &config,
        .ops = booking_ops,
        .n_ops = booking_n_ops,
        .pools = pools,
        .n_pools = POOL_COUNT,
        .faults = booking_faults,
        .n_faults = booking_n_faults,
        .metrics_listen = "127.0.0.1:9102",
        .bus_listen = "127.0.0.1:7101",
        .redis = true,
        .callers = "gateway,payment,notify,entrance,admin",
        .start = start,
        .stop = stop,
        .ready = ready,
    };
    return daemon_run(&spec, argc, argv);
}

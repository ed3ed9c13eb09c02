/* svc-entrance - from a paid ticket to a person inside, exactly once.
 *
 * Answers: ops.c. Settings: settings.c. Fault points: fault_points.c. Tables: schema entrance, all of it. Calls: booking (lane
 * internal), whose events it pulls.
 *
 * facts.c keeps copies of what booking tells and makes the codes (code.c, signed by keys.c) of every paid ticket and order.
 * At the gate order_store.c locks the orders of a scan, verdict.c and settle.c decide, both pure. teller.c tells booking who is
 * inside. Scanners may be cut off for a day: op_manifest.c, op_sync.c, docs/offline.md. */
#include <string.h>
#include "common/crypto.h"
#include "common/daemon.h"
#include "common/db.h"
#include "common/effect_store.h"
#include "common/every.h"
#include "common/timeutil.h"
#include "config.h"
#include "entrance.h"
#include "facts.h"
#include "fault_points.h"
#include "keys.h"
#include "ops.h"
#include "teller.h"

#define BACKGROUND_TIMEOUT_MS 10000
#define KEYS_TIMEOUT_MS 2000
#define HOUSE_MS 60000

static struct bus_pool pools[POOL_COUNT] = {
    [POOL_SCAN] = {"scan", 0, 4096},  [POOL_SYNC] = {"sync", 0, 256},         [POOL_VISITOR] = {"visitor", 0, 2048},
    [POOL_STAFF] = {"staff", 0, 256}, [POOL_INTERNAL] = {"internal", 0, 256},
};

static const struct bus_lane booking_lanes[] = {{"internal", 4, 1, 64}};

static struct parts {
    struct entrance entrance;
    struct db *house_db;
    struct every *house;
} parts;

static void size_pools(const struct entrance_config *c) {
    pools[POOL_SCAN].workers = (int)c->scan_workers;
    pools[POOL_SYNC].workers = (int)c->sync_workers;
    pools[POOL_VISITOR].workers = (int)c->visitor_workers;
    pools[POOL_STAFF].workers = (int)c->staff_workers;
    pools[POOL_INTERNAL].workers = (int)c->internal_workers;
}

static bool keep_house(void *db) { return effect_store_forget(db); }

/* -1 ends the process, so nothing is taken down here. */
static int start(struct daemon *d) {
    const struct entrance_config *c = daemon_config(d);
    struct entrance *e = &parts.entrance;
    const struct bus_service services[] = {{"booking", c->booking_addr, booking_lanes, 1}};
    size_pools(c);
    e->config = c;
    daemon_set_state(d, e);
    e->token_key = hmac_key_new(c->order_token_key, strlen(c->order_token_key));
    e->keys = keys_open(daemon_db(d, KEYS_TIMEOUT_MS), c->entrance_key);
    if (e->token_key == NULL || e->keys == NULL) return -1;
    e->bus = bus_client_open("entrance", daemon_bus_key(d), services, 1);
    if (e->bus == NULL) return -1;
    e->facts = facts_start(d, e);
    e->teller = teller_start(e, daemon_db(d, BACKGROUND_TIMEOUT_MS));
    if (e->facts == NULL || e->teller == NULL) return -1;
    parts.house_db = daemon_db(d, BACKGROUND_TIMEOUT_MS);
    parts.house = parts.house_db != NULL ? every_start(HOUSE_MS, keep_house, parts.house_db) : NULL;
    if (parts.house == NULL) return -1;
    return 0;
}

static void stop(struct daemon *d) {
    struct entrance *e = &parts.entrance;
    (void)d;
    every_stop(&parts.house);
    db_close(&parts.house_db);
    teller_stop(&e->teller);
    consumers_stop(&e->facts);
    bus_client_close(&e->bus);
    keys_close(&e->keys);
    hmac_key_free(&e->token_key);
}

/* Without a key nobody can be told anything about a ticket. */
static bool ready(struct daemon *d) {
    struct signer signer;
    (void)d;
    return keys_signer(parts.entrance.keys, time_now_ms(), &signer);
}

int main(int argc, char **argv) {
    static struct entrance_config config;
    const struct daemon_spec spec = {
        .name = "svc-entrance",
        .service = "entrance",
        .about = "Codes of tickets and who is inside: signing, scans, refunds of tickets that nobody used, scanners.",
        .settings = entrance_settings,
        .n_settings = entrance_n_settings,
        .config = &config,
        .ops = entrance_ops,
        .n_ops = entrance_n_ops,
        .pools = pools,
        .n_pools = POOL_COUNT,
        .faults = entrance_faults,
        .n_faults = entrance_n_faults,
        .metrics_listen = "127.0.0.1:9104",
        .bus_listen = "127.0.0.1:7121",
        .callers = "admin,gateway,notify,payment",
        .start = start,
        .stop = stop,
        .ready = ready,
    };
    return daemon_run(&spec, argc, argv);
}

/* edge - see edge.h. */
#include "edge.h"
#include <stdlib.h>
#include <string.h>
#include "common/crypto.h"
#include "common/daemon.h"
#include "common/log.h"
#include "common/rest.h"
#include "common/settings.h"
#include "catalogue.h"
#include "gateway.h"
#include "ids.h"
#include "puller.h"
#include "sessions.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define LIMIT_SLOTS 131072              /* 2 MiB */
#define REQUEST_ARENA (4 * 1024 * 1024) /* a body, an answer of the bus and its problem document */

static const struct bus_lane booking_lanes[] = {
    {"order", 4, 256, 4096}, /* only order.create: one message carries a batch */
    {"visitor", 64, 1, 2048},
    {"staff", 16, 1, 256},
    {"internal", 4, 1, 16},
};
static const struct bus_lane payment_lanes[] = {
    {"pay", 256, 1, 1024}, /* a confirm may wait 10 s for its answer */
    {"visitor", 64, 1, 1024},
    {"webhook", 1, 64, 1024}, /* only payment.webhook; one message, so that they gather: nobody waits for them */
    {"staff", 16, 1, 256},
};

static const struct bus_lane entrance_lanes[] = {
    {"scan", 2, 64, 4096}, /* only scan: a batch in one message; the fewer under way, the larger and cheaper each */
    {"visitor", 64, 1, 2048},
    {"staff", 16, 1, 256},
    {"sync", 4, 1, 64}, /* what gates bring after hours offline: it may wait */
};
static const struct bus_lane notify_lanes[] = {
    {"staff", 8, 1, 64},
};

static const struct bus_lane admin_lanes[] = {
    {"login", 64, 1, 256}, /* whatever hashes a password */
    {"staff", 16, 1, 256},
    {"figures", 32, 1, 256},
    {"internal", 2, 1, 16},
};

static int refuse_setting(const char *setting, const char *reason) {
    log_error("setting refused", "setting", setting, "reason", reason);
    return -1;
}

static int check_production(const struct config *c) {
    int rc = 0;
    if (!c->rate_limits) rc = refuse_setting("GATEWAY_RATE_LIMITS", "limits stay on in production");
    if (strcmp(c->secret_key, c->order_token_key) == 0)
        rc = refuse_setting("ORDER_TOKEN_KEY", "must differ from SECRET_KEY");
    if (strcmp(c->device_token_key, c->secret_key) == 0 || strcmp(c->device_token_key, c->order_token_key) == 0)
        rc = refuse_setting("DEVICE_TOKEN_KEY", "must differ from SECRET_KEY and ORDER_TOKEN_KEY");
    return rc;
}

static int check_networks(const char *setting, const char *list) {
    struct networks *n = networks_open(list);
    bool good = n != NULL;
    networks_close(&n);
    return good ? 0 : refuse_setting(setting, "not a list of networks");
}

int edge_check(void *config) {
    const struct config *c = config;
    int rc = 0;
    if (strcmp(c->algorithm, "HS256") != 0) rc = refuse_setting("ALGORITHM", "only HS256 is known");
    rc |= check_networks("GATEWAY_TRUSTED_PROXIES", c->trusted_proxies);
    rc |= check_networks("TOSS_WEBHOOK_SOURCES", c->webhook_sources);
    if (settings_production()) rc |= check_production(c);
    return rc;
}

static int open_parts(struct gateway *gw) {
    const struct config *c = gw->conf;
    uint8_t key[32];
    random_bytes(key, sizeof key); /* limits are forgotten at restart, so is their key */
    if (c->rate_limits && (gw->limits = limits_open(LIMIT_SLOTS, key, sizeof key)) == NULL) return -1;
    gw->streams = limits_open(0, key, sizeof key);
    gw->proxies = networks_open(c->trusted_proxies);
    if (*c->webhook_sources != '\0' && (gw->webhook_sources = networks_open(c->webhook_sources)) == NULL) return -1;
    gw->order_key = hmac_key_new(c->order_token_key, strlen(c->order_token_key));
    gw->csrf_key = hmac_key_new(c->secret_key, strlen(c->secret_key));
    gw->catalogue = catalogue_open();
    gw->sessions = sessions_open();
    gw->meter = meter_open();
    gw->ids = ids_open();
    gw->rest = rest_open();
    if (gw->streams == NULL || gw->proxies == NULL || gw->order_key == NULL || gw->csrf_key == NULL ||
        gw->catalogue == NULL || gw->sessions == NULL || gw->meter == NULL || gw->ids == NULL || gw->rest == NULL)
        return -1;
    const struct bus_service services[] = {
        {"booking", c->booking_addr, booking_lanes, COUNT(booking_lanes)},
        {"payment", c->payment_addr, payment_lanes, COUNT(payment_lanes)},
        {"entrance", c->entrance_addr, entrance_lanes, COUNT(entrance_lanes)},
        {"notify", c->notify_addr, notify_lanes, COUNT(notify_lanes)},
        {"admin", c->admin_addr, admin_lanes, COUNT(admin_lanes)},
    };
    gw->bus = bus_client_open("gateway", daemon_bus_key(gw->daemon), services, COUNT(services));
    if (gw->bus == NULL) return -1;
    gw->catalogue_puller = puller_start(&catalogue_feed, gw->catalogue, gw->bus, c->booking_pub_addr);
    gw->sessions_puller = puller_start(&sessions_feed, gw->sessions, gw->bus, NULL);
    return gw->catalogue_puller != NULL && gw->sessions_puller != NULL ? 0 : -1;
}

static int open_http(struct gateway *gw) {
    const struct config *c = gw->conf;
    const struct http_conf conf = {
        .listen = c->listen,
        .threads = (int)c->threads,
        .keep_alive_ms = (int)c->keep_alive_ms,
        .request_timeout_ms = (int)c->request_timeout_ms,
        .body_timeout_ms = (int)c->body_timeout_ms,
        .backlog = (int)c->backlog,
        .arena_max = REQUEST_ARENA,
        .handler = gateway_handle,
        .arg = gw,
        .arrived = connection_arrived,
        .gone = connection_gone,
    };
    gw->http = http_start(&conf);
    return gw->http != NULL ? 0 : -1;
}

int edge_start(struct daemon *d) {
    const struct config *c = daemon_config(d);
    if (preflight(c->threads) != 0) return -1;
    struct gateway *gw = calloc(1, sizeof *gw);
    if (gw == NULL) return -1;
    gw->daemon = d;
    gw->conf = c;
    daemon_set_state(d, gw);
    if (open_parts(gw) == 0 && open_http(gw) == 0) {
        log_info("serving", "listen", c->listen);
        return 0;
    }
    edge_stop(d);
    return -1;
}

/* Answers what is under way and refuses the rest: http_stop() sees to both. */
void edge_drain(struct daemon *d, int ms) {
    struct gateway *gw = daemon_get_state(d);
    (void)ms;
    if (gw == NULL) return;
    rest_over(gw->rest);
    http_stop(&gw->http);
}

void edge_stop(struct daemon *d) {
    struct gateway *gw = daemon_get_state(d);
    if (gw == NULL) return;
    http_stop(&gw->http);
    puller_stop(&gw->sessions_puller);
    puller_stop(&gw->catalogue_puller);
    bus_client_close(&gw->bus);
    sessions_close(&gw->sessions);
    catalogue_close(&gw->catalogue);
    meter_close(&gw->meter);
    ids_close(&gw->ids);
    rest_close(&gw->rest);
    hmac_key_free(&gw->order_key);
    hmac_key_free(&gw->csrf_key);
    networks_close(&gw->proxies);
    networks_close(&gw->webhook_sources);
    limits_close(&gw->limits);
    limits_close(&gw->streams);
    free(gw);
    daemon_set_state(d, NULL);
}

bool edge_ready(struct daemon *d) {
    struct gateway *gw = daemon_get_state(d);
    return gw != NULL && gateway_ready(gw);
}

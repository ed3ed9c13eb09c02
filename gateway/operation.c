/* operation - is this process alive, can visitors be served. */
#include "common/daemon.h"
#include "catalogue.h"
#include "gateway.h"
#include "puller.h"
#include "sessions.h"

/* Booking renews the catalogue's date each second from PostgreSQL; an old one means that it cannot. */
#define STALE_MS 5000

enum state { STATE_UP, STATE_NO_DATABASE, STATE_DOWN };
static const char *const state_names[] = {"up", "no database", "down"};

enum verdict { READY_OK, READY_DEGRADED, READY_DOWN };
static const char *const verdict_names[] = {"ok", "degraded", "down"};

struct service_state {
    const char *name;
    bool needed;                             /* without it visitors cannot be served */
    enum state (*state)(struct gateway *gw); /* NULL: up while a replica answers */
};

static enum state booking_state(struct gateway *gw) {
    if (!bus_service_up(gw->bus, "booking")) return STATE_DOWN;
    bool fresh = puller_age_ms(gw->catalogue_puller) < STALE_MS;
    return fresh && catalogue_loaded(gw->catalogue) ? STATE_UP : STATE_NO_DATABASE;
}

/* Staff are served once it is known which of their sessions have ended. */
static enum state admin_state(struct gateway *gw) {
    return bus_service_up(gw->bus, "admin") && sessions_heard(gw->sessions) ? STATE_UP : STATE_DOWN;
}

static const struct service_state services[] = {
    {"booking", true, booking_state}, {"payment", false, NULL},      {"entrance", false, NULL},
    {"notify", false, NULL},          {"admin", false, admin_state},
};

static enum state state_of(struct gateway *gw, const struct service_state *s) {
    if (s->state != NULL) return s->state(gw);
    return bus_service_up(gw->bus, s->name) ? STATE_UP : STATE_DOWN;
}

void serve_healthz(struct request *r) {
    static const char alive[] = "{\"status\":\"ok\"}";
    answer(r, 200, "application/json", alive, sizeof alive - 1);
}

/* Writes the single states to `o` when it is given. */
static enum verdict judge(struct gateway *gw, struct json_out *o) {
    enum verdict worst = daemon_draining(gw->daemon) ? READY_DOWN : READY_OK;
    for (size_t i = 0; i < sizeof services / sizeof services[0]; i++) {
        enum state state = state_of(gw, &services[i]);
        enum verdict verdict = state == STATE_UP ? READY_OK : services[i].needed ? READY_DOWN : READY_DEGRADED;
        worst = verdict > worst ? verdict : worst;
        if (o != NULL) json_put_text(o, services[i].name, state_names[state]);
    }
    return worst;
}

bool gateway_ready(struct gateway *gw) { return judge(gw, NULL) != READY_DOWN; }

void serve_readyz(struct request *r) {
    struct strbuf b;
    struct json_out o = {.b = &b};
    strbuf_init(&b, r->http->arena, 4096);
    json_obj(&o, NULL);
    json_obj(&o, "services");
    enum verdict verdict = judge(r->gw, &o);
    json_obj_end(&o);
    json_put_text(&o, "status", verdict_names[verdict]);
    json_obj_end(&o);
    if (verdict == READY_DOWN) header_add(r, "Retry-After", "1");
    answer(r, verdict == READY_DOWN ? 503 : 200, "application/json", b.data, b.len);
}

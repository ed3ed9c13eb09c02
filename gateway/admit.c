/* admit - limits per address and phone, caps on what is under way: a quick "later" instead of a queue. */
#include <limits.h>
#include <string.h>
#include "common/timeutil.h"
#include "gateway.h"

#define NOT_COUNTED INT_MAX /* ticket of a connection that no limit is for */

static enum status rate(struct request *r, unsigned id, const struct limit_rule *rule, const char *who) {
    r->retry_after = limits_take(r->gw->limits, id, rule, who, time_mono_ms());
    return r->retry_after == 0 ? ST_OK : ST_RATE_LIMITED;
}

/* Behind a proxy calls are counted, from elsewhere connections are: each carries one call at a time. */
static enum status admit_address(struct request *r) {
    struct gateway *gw = r->gw;
    if (r->proxied && (r->ticket = limits_enter(gw->limits, r->owner, gw->conf->per_address)) < 0) {
        r->retry_after = 1;
        return ST_RATE_LIMITED;
    }
    return rate(r, r->route->class, &gw->conf->by_address[r->route->class], r->owner);
}

static int64_t most_at_once(const struct config *c, enum route_class class) {
    if (c->at_once[class] > 0) return c->at_once[class];
    if (c->in_flight[class] == 0) return INT64_MAX;
    int64_t share = c->threads * c->in_flight[class] / 100;
    return share > 0 ? share : 1;
}

enum status admit(struct request *r) {
    struct gateway *gw = r->gw;
    enum route_class class = r->route->class;
    enum status st = gw->limits != NULL ? admit_address(r) : ST_OK;
    if (st != ST_OK) return st;
    r->entered = true;
    return atomic_fetch_add(&gw->in_flight[class], 1) < most_at_once(gw->conf, class) ? ST_OK : ST_BUSY;
}

void leave(struct request *r) {
    if (r->entered) atomic_fetch_sub(&r->gw->in_flight[r->route->class], 1);
    if (r->ticket >= 0) limits_leave(r->gw->limits, r->ticket);
}

/* Digits of a phone as it was typed; what is no phone is the service's to refuse. */
static bool phone_digits(const char *typed, char out[16]) {
    size_t n = 0;
    for (; *typed != '\0' && n < 15; typed++)
        if (*typed >= '0' && *typed <= '9') out[n++] = *typed;
    out[n] = '\0';
    return n >= 8;
}

enum status admit_phone(struct request *r) {
    const struct route *route = r->route;
    if (r->gw->limits == NULL || !route->per_phone || r->body_len == 0) return ST_OK;
    struct json_in in;
    struct json_faults ignored = {0}; /* the service judges the body */
    if (json_open(&in, r->http->arena, &ignored, r->body, r->body_len, false) != ST_OK) return ST_OK;
    char digits[16];
    const char *typed = json_text(&in, "customer_phone", 1, 32, JSON_OPTIONAL);
    if (typed == NULL || !phone_digits(typed, digits)) return ST_OK;
    return rate(r, CLASS_COUNT + route->class, &r->gw->conf->by_phone[route->class], digits);
}

int connection_arrived(void *gateway, const char *remote) {
    const struct gateway *gw = gateway;
    struct address peer;
    char owner[ADDRESS_TEXT];
    if (gw->limits == NULL || !address_parse(remote, strlen(remote), &peer) || networks_have(gw->proxies, &peer))
        return NOT_COUNTED;
    address_owner(&peer, owner);
    return limits_enter(gw->limits, owner, gw->conf->per_address);
}

void connection_gone(void *gateway, int ticket) {
    const struct gateway *gw = gateway;
    if (ticket != NOT_COUNTED) limits_leave(gw->limits, ticket);
}

/* auth - tokens of staff, of devices and of orders, all checked before any bus call. */
#include <string.h>
#include "common/crypto.h"
#include "common/timeutil.h"
#include "common/token.h"
#include "checks.h"
#include "gateway.h"

static const struct {
    bool token;     /* nobody comes without one */
    unsigned roles; /* whose tokens count */
} needs[] = {
    [WHO_ANYBODY] = {false, ROLES_ALL_STAFF},           [WHO_STAFF] = {true, ROLES_ALL_STAFF},
    [WHO_GATE] = {true, ROLES_ALL_STAFF | ROLE_DEVICE}, [WHO_NEWCOMER] = {false, ROLES_ALL_STAFF | ROLE_DEVICE},
    [WHO_PROVIDER] = {false, ROLES_ALL_STAFF},
};

/* Each key vouches for its own roles: a token that says more than its key may is none. */
static bool token_holds(const struct request *r, const char *token, struct staff_claims *who) {
    const struct config *c = r->gw->conf;
    struct arena *a = r->http->arena;
    int64_t now = time_now_ms();
    return jwt_check(a, c->secret_key, ROLES_ALL_STAFF, token, now, who) == 0 ||
           jwt_check(a, c->device_token_key, ROLE_DEVICE, token, now, who) == 0;
}

static enum status check_caller(struct request *r) {
    const char *header = http_header(r->http, "Authorization");
    if (header == NULL) return needs[r->route->who].token ? ST_UNAUTHENTICATED : ST_OK;
    const char *token = bearer_token(header);
    struct staff_claims who;
    if (token == NULL || !token_holds(r, token, &who)) return ST_UNAUTHENTICATED;
    if ((who.role & needs[r->route->who].roles) == 0) return ST_FORBIDDEN;
    r->who = who;
    return ST_OK;
}

static enum status check_source(const struct request *r) {
    const struct networks *sources = r->gw->webhook_sources;
    struct address from;
    if (r->route->who != WHO_PROVIDER || sources == NULL) return ST_OK;
    return address_parse(r->address, strlen(r->address), &from) && networks_have(sources, &from) ? ST_OK : ST_FORBIDDEN;
}

/* A token that is not (or no longer) one of this order counts as none. */
static enum status check_order(struct request *r) {
    enum token_need need = r->route->token;
    const char *token = need != TOKEN_IGNORED ? http_header(r->http, "X-Order-Token") : NULL;
    if (token != NULL)
        r->token = order_token_check(r->gw->order_key, r->match.params[0].value, token, &r->token_version);
    if ((need == TOKEN_MANAGING && r->token != TOKEN_MANAGE) || (need == TOKEN_VIEWING && r->token == TOKEN_NONE))
        return ST_TOKEN_REQUIRED;
    return ST_OK;
}

enum status authenticate(struct request *r) {
    if (r->route->kind != KIND_CALL) return ST_OK;
    enum status st = check_source(r);
    if (st == ST_OK) st = check_caller(r);
    return st == ST_OK ? check_order(r) : st;
}

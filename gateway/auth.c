/* auth - who is calling, and may they? Tokens of staff, of devices and of orders, all checked before any bus call. */
#include <string.h>
#include "common/crypto.h"
#include "common/daemon.h"
#include "common/rights.h"
#include "common/timeutil.h"
#include "common/token.h"
#include "checks.h"
#include "cookies.h"
#include "gateway.h"
#include "sessions.h"

static const struct {
    bool token;   /* nobody comes without one */
    bool cookies; /* it may come in one */
} needs[] = {
    [WHO_ANYBODY] = {false, false},  [WHO_STAFF] = {true, true},        [WHO_GATE] = {true, true},
    [WHO_NEWCOMER] = {false, true},  [WHO_SIGNING_IN] = {false, false}, [WHO_SIGNING_OUT] = {false, false},
    [WHO_PROVIDER] = {false, false},
};

/* Each key vouches for its own roles: a token that says more than its key may is none. In production staff sign in: no token
 * without a session. */
static bool token_holds(const struct request *r, const char *token, struct staff_claims *who) {
    const struct config *c = r->gw->conf;
    struct arena *a = r->http->arena;
    int64_t now = time_now_ms();
    if (jwt_check(a, c->device_token_key, ROLE_DEVICE, token, now, who) == 0) return true;
    if (jwt_check(a, c->secret_key, ROLES_ALL_STAFF | ROLE_ENROLLING, token, now, who) != 0) return false;
    return *who->session != '\0' ? sessions_allow(r->gw->sessions, who->session, who->version)
                                 : !daemon_production(r->gw->daemon);
}

bool caller_stands(const struct request *r) {
    return r->who.expires_ms > time_now_ms() && sessions_allow(r->gw->sessions, r->who.session, r->who.version);
}

static bool is_own_page(const struct request *r) {
    const struct config *c = r->gw->conf;
    bool https = r->https || daemon_production(r->gw->daemon);
    const char *origin = http_header(r->http, "Origin");
    return origin != NULL && origin_is_own(origin, http_header(r->http, "Host"), https, c->public_url, c->cors_origins);
}

/* A browser sends cookies by itself, also when somebody else's page makes it: what changes something shows that ours did. */
static enum status check_page(const struct request *r, const char *session) {
    if (r->route->method == METHOD_GET) return ST_OK;
    bool ours = is_own_page(r) && csrf_holds(r->gw->csrf_key, session, http_header(r->http, "X-CSRF-Token"));
    return ours ? ST_OK : ST_FORBIDDEN;
}

/* Nobody else's page may sign somebody in or out, or renew a session. Programs send no Origin. */
static enum status check_signing_in(const struct request *r) {
    return http_header(r->http, "Origin") == NULL || is_own_page(r) ? ST_OK : ST_FORBIDDEN;
}

static enum status check_bearer(struct request *r, const char *header) {
    const char *token = bearer_token(header);
    struct staff_claims who;
    if (token == NULL || !token_holds(r, token, &who)) return ST_UNAUTHENTICATED;
    r->who = who;
    return ST_OK;
}

/* Only sessions have cookies: the proof of the page is made from the session. */
static enum status check_cookie(struct request *r, const char *token) {
    if (!token_holds(r, token, &r->who) || *r->who.session == '\0') return ST_UNAUTHENTICATED;
    return check_page(r, r->who.session);
}

static enum status check_caller(struct request *r) {
    enum who who = r->route->who;
    if (who == WHO_SIGNING_IN) return check_signing_in(r);
    const char *header = http_header(r->http, "Authorization"), *cookie = NULL;
    if (who == WHO_SIGNING_OUT) {
        if (header != NULL) check_bearer(r, header); /* one that is over still signs out: there is the refresh token */
        return check_signing_in(r);
    }
    if (header != NULL) return check_bearer(r, header);
    if (needs[who].cookies) cookie = cookie_get(r->http->arena, http_header(r->http, "Cookie"), COOKIE_ACCESS);
    if (cookie != NULL) return check_cookie(r, cookie);
    return needs[who].token ? ST_UNAUTHENTICATED : ST_OK;
}

/* A gateway that has just started does not know yet which sessions have ended. Gates do not wait for that: entry goes on without
 * svc-admin. */
static enum status check_session(struct request *r) {
    enum who who = r->route->who;
    if (who == WHO_GATE || who == WHO_SIGNING_OUT || *r->who.session == '\0' || sessions_heard(r->gw->sessions))
        return ST_OK;
    r->retry_after = 1;
    return ST_BUSY;
}

/* The same table refuses in the service: here it saves the way. */
static enum status check_rights(const struct request *r) {
    if ((rights_of(r->route->service, r->route->op) & r->who.role) != 0) return ST_OK;
    return r->who.role == ROLE_VISITOR ? ST_UNAUTHENTICATED : ST_FORBIDDEN;
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
    if (r->route->service == NULL) return ST_OK;
    enum status st = check_source(r);
    if (st == ST_OK) st = check_caller(r);
    if (st == ST_OK) st = check_session(r);
    if (st == ST_OK) st = check_rights(r);
    return st == ST_OK ? check_order(r) : st;
}

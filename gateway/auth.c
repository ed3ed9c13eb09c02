/* auth - staff tokens and order tokens, both checked before any bus call. */
#include <string.h>
#include "common/crypto.h"
#include "common/timeutil.h"
#include "common/token.h"
#include "checks.h"
#include "gateway.h"

static enum status check_staff(struct request *r) {
    const char *header = http_header(r->http, "Authorization");
    if (header == NULL) return r->route->who == WHO_STAFF ? ST_UNAUTHENTICATED : ST_OK;
    const char *token = bearer_token(header);
    struct staff_claims claims;
    if (token == NULL ||
        jwt_check(r->http->arena, r->gw->conf->secret_key, ROLES_ALL_STAFF, token, time_now_ms(), &claims) != 0)
        return ST_UNAUTHENTICATED;
    r->staff = claims;
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
    if (st == ST_OK) st = check_staff(r);
    return st == ST_OK ? check_order(r) : st;
}

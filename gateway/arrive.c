/* arrive - who asks, in which language, for which row of the route table. */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "checks.h"
#include "gateway.h"
#include "ids.h"

static void take_id(struct request *r) {
    const char *given = http_header(r->http, "X-Request-Id");
    if (given != NULL && is_request_id(given)) {
        snprintf(r->id, sizeof r->id, "%s", given);
        return;
    }
    ids_next(r->gw->ids, r->id);
}

static void take_client(struct request *r) {
    struct address peer;
    if (!address_parse(r->http->remote, strlen(r->http->remote), &peer)) memset(&peer, 0, sizeof peer);
    struct address client = peer;
    r->proxied = networks_have(r->gw->proxies, &peer);
    if (r->proxied) {
        client = client_address(r->gw->proxies, &peer, http_header(r->http, "X-Forwarded-For"));
        const char *proto = http_header(r->http, "X-Forwarded-Proto");
        r->https = proto != NULL && strcasecmp(proto, "https") == 0;
    }
    address_format(&client, r->address);
    address_owner(&client, r->owner);
}

void request_begin(struct request *r, struct gateway *gw, struct http_req *http) {
    memset(r, 0, offsetof(struct request, path));
    memset(&r->route, 0, sizeof *r - offsetof(struct request, route));
    r->gw = gw;
    r->http = http;
    r->match.allow = 0;
    r->match.n_params = 0;
    r->query.n = 0;
    r->ticket = -1;
    r->who = (struct staff_claims){.role = ROLE_VISITOR, .scope = "", .session = ""};
    r->lang = accept_language(http_header(http, "Accept-Language"));
    strbuf_init(&r->headers, http->arena, 8192);
    take_id(r);
    take_client(r);
}

enum status request_route(struct request *r) {
    enum path_verdict v = path_split(&r->path, r->http->path);
    if (v != PATH_OK) return v == PATH_BAD ? ST_BAD_REQUEST : ST_NOT_FOUND;
    unsigned method = method_parse(r->http->method);
    switch (route_find(route_table, route_count, &r->path, method, &r->match)) {
    case MATCH_UNKNOWN: return ST_NOT_FOUND;
    case MATCH_WRONG_METHOD: return ST_METHOD_NOT_ALLOWED;
    case MATCH_FOUND: break;
    }
    r->route = r->match.route;
    return ST_OK;
}

enum status request_query(struct request *r) {
    if (r->route->query == NULL) return ST_OK;
    return query_parse(&r->query, r->http->query, r->route->query, &r->faults) ? ST_OK : ST_VALIDATION_FAILED;
}

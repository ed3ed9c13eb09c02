/* dispatch - the story of a request, top to bottom: route, body, the list of calls, faults, the company's own part. */
#include "dispatch.h"
#include <string.h>
#include "common/timeutil.h"
#include "common/rest.h"
#include "calls.h"
#include "routes.h"

#define BODY_MAX ((size_t)64 * 1024) /* of control calls */

static void read_body(struct exchange *x) {
    const struct api *api = x->route != NULL ? x->route->api : NULL;
    const struct json_limits *limits = api != NULL ? api->limits : NULL;
    size_t len = 0;
    x->body = "";
    if (http_body(x->http, api != NULL ? api->body_max : BODY_MAX, &x->body, &len) != ST_OK) {
        x->malformed = true;
        return;
    }
    enum status st = limits != NULL && len > 0 ? json_open_within(&x->in, x->http->arena, &x->bad, x->body, len, limits)
                                               : json_open(&x->in, x->http->arena, &x->bad, x->body, len, true);
    x->malformed = st != ST_OK;
    x->bad.n = 0; /* only the caller's own look at the fields counts */
}

/* ---- calls of the companies that are played ---- */

/* Network trouble on the way there: nothing of it reaches the company's books. True: over. */
static bool lost_before(struct exchange *x) {
    enum fault_mode m = x->fault.mode;
    if (m == FAULT_RATE_LIMITED) {
        x->route->api->refuse(x, x->fault.code);
        return true;
    }
    if (m != FAULT_TIMEOUT_BEFORE && m != FAULT_DROP_BEFORE) return false;
    rest_for(x->sb->rest, x->fault.ms);
    return true; /* without an answer */
}

void dispatch_execute(struct exchange *x, const struct code *ordered) {
    const bool instead = ordered != NULL || x->fault.mode == FAULT_BAD_GATEWAY;
    rest_for(x->sb->rest, x->sb->conf->latency_ms + (x->fault.mode == FAULT_DELAY ? x->fault.ms : 0));
    x->now = time_now_ms();
    if (!instead || x->fault.execute)
        x->route->serve(x);
    else if (ordered != NULL && x->route->refused != NULL)
        x->route->refused(x, ordered);
    if (x->fault.mode == FAULT_BAD_GATEWAY)
        answer_bad_gateway(x);
    else if (ordered != NULL)
        x->route->api->refuse(x, ordered);
}

static void serve_call(struct exchange *x) {
    const struct api *api = x->route->api;
    const char *key = http_header(x->http, "Idempotency-Key");
    if (key == NULL) key = http_header(x->http, NHN_IDEMPOTENCY_HEADER);
    x->call = calls_add(x->sb->calls, x->now, x->route->target, x->http->method, x->http->path, key);
    api->note(x);
    if (api->admit != NULL && !api->admit(x)) return;
    faults_take(x->sb->faults, x->route->target, PHASE_CALL, &x->fault);
    if (!lost_before(x)) api->serve(x);
}

/* ---- every request ---- */

static void answer_unknown(struct exchange *x, bool other_method) {
    if (strncmp(x->http->path, NHN_PREFIX, strlen(NHN_PREFIX)) == 0)
        nhn_api.refuse(x, codebook_find(&nhn_codes, "-9998"));
    else
        answer_code(x, other_method ? "METHOD_NOT_ALLOWED" : "NOT_FOUND");
}

void sandbox_handle(void *sandbox, struct http_req *http) {
    struct route_params params;
    bool other_method;
    struct exchange x = {.sb = sandbox, .http = http, .headers = "", .now = time_now_ms()};
    x.fault.name = "";
    x.route = route_find(http->method, http->path, &params, &other_method);
    for (size_t i = 0; i < ROUTE_PARAMS; i++) x.param[i] = params.at[i];
    read_body(&x);
    if (x.route == NULL)
        answer_unknown(&x, other_method);
    else if (x.route->api != NULL)
        serve_call(&x);
    else
        x.route->serve(&x);
    answer_send(&x);
}

/* dispatch - the story of a request, top to bottom. */
#include <string.h>
#include "gateway.h"

static void (*const serve_kind[])(struct request *r) = {
    [KIND_CALL] = serve_call,     [KIND_SESSION] = serve_session,   [KIND_EVENTS] = serve_live,
    [KIND_EXPORT] = serve_export, [KIND_SNAPSHOT] = serve_snapshot, [KIND_FILE] = serve_file,
    [KIND_PAGES] = serve_pages,
};

static void serve(struct request *r) {
    if (r->route->kind == KIND_OWN)
        r->route->own(r);
    else
        serve_kind[r->route->kind](r);
}

/* What must hold before anything is done; the cheapest questions come first. */
static enum status may_serve(struct request *r) {
    static enum status (*const steps[])(struct request * r) = {
        request_route, admit, request_query, authenticate, request_body, admit_phone,
    };
    enum status st = ST_OK;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && st == ST_OK; i++) st = steps[i](r);
    return st;
}

static void answer_options(struct request *r) {
    char methods[64];
    methods_write(r->match.allow, methods, sizeof methods);
    header_add(r, "Allow", methods);
    answer(r, 204, NULL, "", 0);
}

void gateway_handle(void *gateway, struct http_req *http) {
    struct request r;
    request_begin(&r, gateway, http);
    enum status st = may_serve(&r);
    if (st == ST_OK)
        serve(&r);
    else if (st == ST_METHOD_NOT_ALLOWED && strcmp(http->method, "OPTIONS") == 0)
        answer_options(&r);
    else
        refuse(&r, st);
    leave(&r);
    meter_request(r.gw->meter, &r);
}

/* call - answers that are one bus call: the body goes in and out unchanged, be it JSON or a picture. */
#include <string.h>
#include "common/timeutil.h"
#include "checks.h"
#include "gateway.h"

static size_t take_params(const struct request *r, struct bus_param *out) {
    size_t n = r->match.n_params;
    memcpy(out, r->match.params, n * sizeof *out);
    const char *header = r->route->header != NULL ? http_header(r->http, r->route->header) : NULL;
    if (header != NULL && is_idempotency_key(header)) /* a sane id: short and visible */
        out[n++] = (struct bus_param){.name = r->route->header_param, .value = header};
    if (r->route->format != NULL) out[n++] = (struct bus_param){.name = "format", .value = r->route->format};
    for (size_t i = 0; i < r->query.n && n < BUS_MAX_PARAMS; i++) out[n++] = r->query.item[i];
    return n;
}

static const char *type_of(const char *format) {
    if (format == NULL) return "application/json";
    return strcmp(format, "svg") == 0 ? "image/svg+xml" : "image/png";
}

void serve_call(struct request *r) {
    const struct route *route = r->route;
    struct bus_head head = {
        .op = route->op,
        .request_id = r->id,
        .idem_key = r->idem_key,
        .idem_given = r->idem_given,
        .path = r->http->path,
        .deadline_ms = time_now_ms() + class_table[route->class].deadline_ms,
        .user_id = r->who.user_id,
        .role = r->who.role,
        .scope = r->who.scope,
        .token = r->token,
        .token_version = r->token_version,
        .lang = r->lang,
        .client = r->address,
        .body = r->body != NULL ? r->body : "",
        .body_len = r->body_len,
    };
    head.n_params = take_params(r, head.params);
    struct bus_reply reply = {.status = ST_INTERNAL};
    bus_call(r->gw->bus, route->service, route->lane, &head, r->http->arena, &reply);
    bool done = status_is_success(reply.status) && reply.status < ST_PARKED;
    if (*r->idem_key != '\0' && (done || reply.status == ST_OUTCOME_UNKNOWN))
        header_add(r, "Idempotency-Key", r->idem_key);
    if (done) {
        answer(r, status_http(reply.status), type_of(route->format), reply.body, reply.body_len);
        return;
    }
    r->retry_after = reply.retry_after;
    answer_problem(r, reply.status, reply.body, reply.body_len);
}

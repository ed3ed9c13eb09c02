/* call - answers that are one bus call: the body goes in and out unchanged, be it JSON or a picture. */
#include <stdlib.h>
#include <string.h>
#include "common/timeutil.h"
#include "checks.h"
#include "gateway.h"

/* A call that lacks a parameter would be another one: no route has more than fit (test_routes). */
void call_param(struct bus_head *head, const char *name, const char *value) {
    if (head->n_params == BUS_MAX_PARAMS) abort();
    head->params[head->n_params++] = (struct bus_param){name, value};
}

static void take_params(const struct request *r, struct bus_head *head) {
    const struct route *route = r->route;
    for (size_t i = 0; i < r->match.n_params; i++) call_param(head, r->match.params[i].name, r->match.params[i].value);
    const char *header = route->header != NULL ? http_header(r->http, route->header) : NULL;
    if (header != NULL && is_idempotency_key(header)) /* a sane id: short and visible */
        call_param(head, route->header_param, header);
    if (route->format != NULL) call_param(head, "format", route->format);
    for (size_t i = 0; i < r->query.n; i++) call_param(head, r->query.item[i].name, r->query.item[i].value);
    if (strcmp(route->service, "admin") == 0 && *r->who.session != '\0') call_param(head, "session", r->who.session);
}

void call_head(const struct request *r, struct bus_head *head) {
    *head = (struct bus_head){
        .op = r->route->op,
        .request_id = r->id,
        .idem_key = r->idem_key,
        .idem_given = r->idem_given,
        .path = r->http->path,
        .deadline_ms = time_now_ms() + class_table[r->route->class].deadline_ms,
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
    take_params(r, head);
}

bool call_done(struct request *r, const struct bus_reply *reply) {
    bool done = status_is_success(reply->status) && reply->status < ST_PARKED;
    if (*r->idem_key != '\0' && (done || reply->status == ST_OUTCOME_UNKNOWN))
        header_add(r, "Idempotency-Key", r->idem_key);
    if (done) return true;
    r->retry_after = reply->retry_after;
    answer_problem(r, reply->status, reply->body, reply->body_len);
    return false;
}

static const char *type_of(const char *format) {
    if (format == NULL) return "application/json";
    return strcmp(format, "svg") == 0 ? "image/svg+xml" : "image/png";
}

void serve_call(struct request *r) {
    const struct route *route = r->route;
    struct bus_head head;
    struct bus_reply reply = {.status = ST_INTERNAL};
    call_head(r, &head);
    bus_call(r->gw->bus, route->service, route->lane, &head, r->http->arena, &reply);
    if (!call_done(r, &reply)) return;
    if (route->also != NULL && !assemble(r, &reply))
        refuse(r, ST_INTERNAL);
    else
        answer(r, status_http(reply.status), type_of(route->format), reply.body, reply.body_len);
}

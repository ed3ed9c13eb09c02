/* assemble - one answer out of several: what the owner of a thing says, and what other services know of it. */
#include <string.h>
#include "common/arena.h"
#include "common/strbuf.h"
#include "common/timeutil.h"
#include "gateway.h"

#define PARTS_MS 1000 /* of all together: services that are slow do not keep the others' answer back */
#define ANSWER_MAX (2 * 1024 * 1024)
#define KEY_MAX 64

/* The members of an object, without its braces. */
static void put_members(struct json_out *o, const char *object, size_t len) {
    if (len <= 2) return;
    if (o->comma) strbuf_putc(o->b, ',');
    strbuf_put(o->b, object + 1, len - 2);
    o->comma = true;
}

static bool ask(struct request *r, const struct also *also, const char *key, int64_t deadline_ms,
                struct bus_reply *reply) {
    struct bus_head head;
    if (!bus_service_up(r->gw->bus, also->service)) return false;
    call_head(r, &head);
    head.op = also->op;
    head.deadline_ms = deadline_ms;
    head.n_params = 0;
    call_param(&head, r->route->also_by, key);
    *reply = (struct bus_reply){.status = ST_INTERNAL};
    bus_call(r->gw->bus, also->service, also->lane, &head, r->http->arena, reply);
    return reply->status == ST_OK;
}

static const char *read_key(struct request *r, const struct bus_reply *first) {
    struct json_faults faults = {0};
    struct json_in in;
    if (json_open(&in, r->http->arena, &faults, first->body, first->body_len, false) != ST_OK) return NULL;
    return json_text(&in, r->route->also_by, 1, KEY_MAX, JSON_REQUIRED);
}

bool assemble(struct request *r, struct bus_reply *reply) {
    const char *key = read_key(r, reply), *missing[ALSO_MAX];
    size_t n_missing = 0;
    int64_t deadline_ms = time_now_ms() + PARTS_MS;
    struct strbuf b;
    struct json_out o = {.b = &b};
    if (key == NULL) return false;
    strbuf_init(&b, r->http->arena, ANSWER_MAX);
    json_obj(&o, NULL);
    put_members(&o, reply->body, reply->body_len);
    for (const struct also *also = r->route->also; also->service != NULL; also++) {
        struct bus_reply part;
        if (ask(r, also, key, deadline_ms, &part)) {
            put_members(&o, part.body, part.body_len);
        } else {
            json_put_null(&o, also->member);
            missing[n_missing++] = also->member;
        }
    }
    json_arr(&o, "missing");
    for (size_t i = 0; i < n_missing; i++) json_put_text(&o, NULL, missing[i]);
    json_arr_end(&o);
    json_obj_end(&o);
    reply->body = b.data;
    reply->body_len = b.len;
    return strbuf_ok(&b);
}

/* live - figures as they change (server-sent events): one call a second, told when its answer is another one.
 *
 * Each stream holds a thread, so there are few of them. Something is written every second: that is how a client that went away is
 * noticed, and what keeps proxies from taking the stream for dead. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "common/arena.h"
#include "common/crypto.h"
#include "common/rest.h"
#include "gateway.h"

#define EVERY_MS 1000
#define STREAMS_EACH 4 /* of one person, so that nobody takes them all */
#define FIGURES_MEMORY ((size_t)4 * 1024 * 1024)
#define AGAIN_MS "3000" /* after which a browser whose stream ended comes back */

struct live {
    struct request *r;
    struct arena *arena; /* of the answer at hand */
    struct bus_reply reply;
    int64_t told;               /* events */
    uint8_t digest[SHA256_LEN]; /* of the figures told last */
};

static enum status ask(struct live *l) {
    const struct route *route = l->r->route;
    struct bus_head head;
    call_head(l->r, &head);
    arena_reset(l->arena);
    l->reply = (struct bus_reply){.status = ST_INTERNAL};
    bus_call(l->r->gw->bus, route->service, route->lane, &head, l->arena, &l->reply);
    return l->reply.status;
}

static bool is_news(struct live *l) {
    uint8_t digest[SHA256_LEN];
    sha256(&(struct slice){l->reply.body, l->reply.body_len}, 1, digest);
    if (l->told > 0 && memcmp(digest, l->digest, sizeof digest) == 0) return false;
    memcpy(l->digest, digest, sizeof digest);
    return true;
}

static bool beat(struct live *l) { return http_chunk(l->r->http, ":\n\n", 3); }

/* JSON of our services holds no line feeds, so an event is one line of data. */
static bool tell(struct live *l) {
    struct strbuf b;
    if (!is_news(l)) return beat(l);
    strbuf_init(&b, l->arena, FIGURES_MEMORY);
    if (l->told == 0) strbuf_puts(&b, "retry: " AGAIN_MS "\n");
    strbuf_printf(&b, "event: %s\nid: %lld\ndata: ", l->r->route->source, (long long)++l->told);
    strbuf_put(&b, l->reply.body, l->reply.body_len);
    strbuf_puts(&b, "\n\n");
    return strbuf_ok(&b) && http_chunk(l->r->http, b.data, b.len);
}

/* A service that is away or slow comes back; whoever may no longer ask does not. */
static bool passes(enum status st) {
    return st == ST_BUSY || st == ST_OUTCOME_UNKNOWN || st == ST_DRAINING || st == ST_EXPIRED_CALL || st == ST_INTERNAL;
}

static bool begin(struct request *r) {
    header_add(r, "X-Accel-Buffering", "no"); /* nginx passes each event on at once */
    return answer_begin(r, "text/event-stream");
}

static void stream(struct live *l) {
    struct request *r = l->r;
    bool going = tell(l);
    while (going && rest_for(r->gw->rest, EVERY_MS) && caller_stands(r)) {
        enum status st = ask(l);
        going = st == ST_OK ? tell(l) : passes(st) && beat(l);
    }
    http_chunk_end(r->http);
}

static void serve(struct request *r) {
    struct live l = {.r = r, .arena = arena_new(FIGURES_MEMORY)};
    bool head = strcmp(r->http->method, "HEAD") == 0;
    if (l.arena == NULL)
        refuse(r, ST_BUSY);
    else if (ask(&l) != ST_OK)
        call_done(r, &l.reply);
    else if (begin(r) && !head)
        stream(&l);
    arena_free(&l.arena);
}

void serve_live(struct request *r) {
    char person[24];
    snprintf(person, sizeof person, "%" PRId64, r->who.user_id);
    int ticket = limits_enter(r->gw->streams, person, STREAMS_EACH);
    if (ticket < 0) {
        refuse(r, ST_BUSY);
        return;
    }
    serve(r);
    limits_leave(r->gw->streams, ticket);
}

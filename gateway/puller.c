/* puller - see puller.h. */
#include "puller.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/arena.h"
#include "common/bus.h"
#include "common/cond.h"
#include "common/json.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/timeutil.h"

#define PULL_EVERY_MS 1000
#define PULL_DEADLINE_MS 2000
#define PAGES_AT_ONCE 1000            /* then a pause: a peer that never says "last page" must not spin us */
#define PAGE_ARENA (16 * 1024 * 1024) /* a page is at most 512 KiB of text; its parsed form is larger */

struct puller {
    const struct feed *feed;
    void *store;
    struct bus_client *bus;
    struct bus_sub *sub;
    struct arena *arena;
    struct metric *as_of;
    char request_id[48];
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool hinted, stopping;    /* under lock */
    _Atomic int64_t fresh_ms; /* monotonic: when the date of what is kept last moved; 0: never */
    bool failing;             /* the last pull did: logged once, not each second */
};

static void nudge(void *arg, const char *topic) {
    struct puller *p = arg;
    if (strcmp(topic, p->feed->name) != 0) return;
    pthread_mutex_lock(&p->lock);
    p->hinted = true;
    pthread_cond_signal(&p->wake);
    pthread_mutex_unlock(&p->lock);
}

/* One page: as take(). */
static int pull_page(struct puller *p) {
    struct strbuf body;
    struct json_out o = {.b = &body};
    strbuf_init(&body, p->arena, 1024);
    json_obj(&o, NULL);
    p->feed->ask(p->store, &o);
    json_obj_end(&o);
    const struct bus_head head = bus_service_head(p->feed->op, p->request_id, body.data, body.len, PULL_DEADLINE_MS);
    struct bus_reply reply = {.status = ST_INTERNAL};
    bus_call(p->bus, p->feed->service, "internal", &head, p->arena, &reply);
    int rc = -1;
    if (reply.status == ST_OK) rc = p->feed->take(p->store, p->arena, reply.body, reply.body_len);
    if (rc < 0 && !p->failing)
        log_warn("cannot be pulled", "what", p->feed->name, "code",
                 reply.status == ST_OK ? "MALFORMED" : status_code(reply.status));
    p->failing = rc < 0;
    return rc;
}

static void pull(struct puller *p) {
    int more = 1;
    int64_t before = p->feed->as_of_ms(p->store);
    for (int i = 0; i < PAGES_AT_ONCE && more == 1; i++) {
        arena_reset(p->arena);
        more = pull_page(p);
    }
    int64_t after = p->feed->as_of_ms(p->store);
    if (after > before) atomic_store(&p->fresh_ms, time_mono_ms());
    metric_set(p->as_of, after / 1000);
}

/* Sleeps until a hint, the next second or the end. False: the end. */
static bool wait_turn(struct puller *p) {
    int64_t until = time_mono_ms() + PULL_EVERY_MS;
    pthread_mutex_lock(&p->lock);
    while (!p->hinted && !p->stopping && cond_wait_until(&p->wake, &p->lock, until)) {}
    p->hinted = false;
    bool go_on = !p->stopping;
    pthread_mutex_unlock(&p->lock);
    return go_on;
}

static void *run(void *arg) {
    struct puller *p = arg;
    do pull(p);
    while (wait_turn(p));
    return NULL;
}

struct puller *puller_start(const struct feed *feed, void *store, struct bus_client *bus, const char *pub_addrs) {
    struct puller *p = calloc(1, sizeof *p);
    if (p == NULL) return NULL;
    p->feed = feed;
    p->store = store;
    p->bus = bus;
    char name[64];
    snprintf(name, sizeof name, "gateway_%s_as_of_seconds", feed->name);
    p->as_of = metric_get(METRIC_GAUGE, name, "", "When its owner made what is known now.");
    snprintf(p->request_id, sizeof p->request_id, "%s-pull", feed->name);
    pthread_mutex_init(&p->lock, NULL);
    cond_init_monotonic(&p->wake);
    p->arena = arena_new(PAGE_ARENA);
    if (p->arena == NULL || pthread_create(&p->thread, NULL, run, p) != 0) {
        arena_free(&p->arena);
        free(p);
        return NULL;
    }
    if (pub_addrs != NULL) p->sub = bus_sub_start(pub_addrs, nudge, p);
    return p;
}

int64_t puller_age_ms(const struct puller *p) {
    int64_t fresh = atomic_load(&p->fresh_ms);
    return fresh > 0 ? time_mono_ms() - fresh : INT64_MAX;
}

void puller_stop(struct puller **puller) {
    struct puller *p = *puller;
    if (p == NULL) return;
    bus_sub_stop(&p->sub);
    pthread_mutex_lock(&p->lock);
    p->stopping = true;
    pthread_cond_signal(&p->wake);
    pthread_mutex_unlock(&p->lock);
    pthread_join(p->thread, NULL);
    arena_free(&p->arena);
    pthread_cond_destroy(&p->wake);
    pthread_mutex_destroy(&p->lock);
    free(p);
    *puller = NULL;
}

/* bus_hints - PUB/SUB: "something about this topic changed, pull it". One thread owns the subscriber and all its connections. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "bus.h"
#include "bus_addr.h"
#include "log.h"
#include "timeutil.h"
#include "transport.h"

#define TOPIC_MAX 128
#define WAIT_MS 500
#define RESOLVE_EVERY_MS 1500
/* Who left the list ends within this time, and the connection with it. One that may bring a hint must not be closed from here:
 * nng does not bear it (transport.c). */
#define HANG_UP_MS 30000

struct bus_pub {
    struct tp_pub *tp;
};

struct bus_pub *bus_pub_start(const char *listen) {
    struct bus_pub *p = calloc(1, sizeof *p);
    if (p != NULL && (p->tp = tp_pub_open(listen)) == NULL) bus_pub_stop(&p);
    return p;
}

void bus_pub_send(struct bus_pub *p, const char *topic) { tp_pub_send(p->tp, topic, strlen(topic) + 1); }

void bus_pub_stop(struct bus_pub **p) {
    if (*p != NULL) tp_pub_close(&(*p)->tp);
    free(*p);
    *p = NULL;
}

struct source {
    char addr[BUS_ADDR_LEN];
    int dialer;
    int64_t listed_ms; /* monotonic; when it was in the list last */
};

struct bus_sub {
    struct tp_sub *tp;
    char *addrs;
    void (*fn)(void *arg, const char *topic);
    void *arg;
    atomic_bool closing;
    pthread_t thread;
    size_t n_sources;
    struct source sources[BUS_MAX_PEERS];
};

static bool dialed(const struct bus_sub *s, const char *addr) {
    for (size_t i = 0; i < s->n_sources; i++)
        if (strcmp(s->sources[i].addr, addr) == 0) return true;
    return false;
}

static void follow_addresses(struct bus_sub *s) {
    struct addr_list list;
    addr_resolve(s->addrs, &list);
    int64_t now = time_mono_ms();
    for (size_t i = 0; i < s->n_sources;) {
        if (!list.complete || addr_has(&list, s->sources[i].addr)) s->sources[i].listed_ms = now;
        if (now - s->sources[i].listed_ms < HANG_UP_MS) {
            i++;
            continue;
        }
        tp_sub_hang_up(s->tp, s->sources[i].dialer);
        s->sources[i] = s->sources[--s->n_sources];
    }
    for (size_t i = 0; i < list.n && s->n_sources < BUS_MAX_PEERS; i++) {
        int dialer = dialed(s, list.at[i]) ? -1 : tp_sub_dial(s->tp, list.at[i]);
        if (dialer < 0) continue;
        struct source *source = &s->sources[s->n_sources++];
        memcpy(source->addr, list.at[i], sizeof source->addr);
        source->dialer = dialer;
        source->listed_ms = now;
    }
}

static void *sub_main(void *arg) {
    struct bus_sub *s = arg;
    int64_t next_look = 0;
    while (!atomic_load(&s->closing)) {
        if (time_mono_ms() >= next_look) {
            follow_addresses(s);
            next_look = time_mono_ms() + RESOLVE_EVERY_MS;
        }
        struct tp_msg *m = tp_sub_wait(s->tp, WAIT_MS);
        const char *topic = m != NULL ? (const char *)tp_msg_data(m) : NULL;
        size_t len = m != NULL ? tp_msg_len(m) : 0;
        if (len > 1 && len <= TOPIC_MAX && memchr(topic, 0, len) == topic + len - 1) s->fn(s->arg, topic);
        tp_msg_free(&m);
    }
    return NULL;
}

struct bus_sub *bus_sub_start(const char *addrs, void (*fn)(void *arg, const char *topic), void *arg) {
    struct bus_sub *s = calloc(1, sizeof *s);
    if (s == NULL) return NULL;
    s->fn = fn;
    s->arg = arg;
    s->addrs = strdup(addrs);
    s->tp = tp_sub_open();
    if (s->addrs != NULL && s->tp != NULL && pthread_create(&s->thread, NULL, sub_main, s) == 0) return s;
    log_error("cannot subscribe", "addresses", addrs);
    tp_sub_close(&s->tp);
    free(s->addrs);
    free(s);
    return NULL;
}

void bus_sub_stop(struct bus_sub **s) {
    if (*s == NULL) return;
    atomic_store(&(*s)->closing, true);
    pthread_join((*s)->thread, NULL);
    tp_sub_close(&(*s)->tp);
    free((*s)->addrs);
    free(*s);
    *s = NULL;
}

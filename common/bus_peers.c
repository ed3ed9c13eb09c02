/* bus_peers - which replicas there are and which of them are fit to be asked.
 *
 * The resolver thread opens a connection per address of the service's names and closes those that are gone or could not be
 * reached for a while. The prober thread pings every replica: one that timed out or broke off gets no calls until it gives a
 * sign of life, so that a dead or paused replica costs only what was already sent to it. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "bus_client_int.h"
#include "log.h"
#include "timeutil.h"

#define PROBE_EVERY_MS 200
#define PROBE_ANSWER_MS 400
#define QUIET_LOOK_MS 10
#define RESOLVE_EVERY_MS 1500
#define REBUILD_MS 5000 /* a dialer can give up for good: one without a connection for so long is made anew */
/* So is one whose connection seems to stand but brings nothing, for about ten seconds. Pings are counted, not time: who stood still
 * himself has missed one, and must not close all his connections just when everything comes in, see transport.c. */
#define SILENT_PINGS 16

/* ---- state ---- */

static bool move(struct peer *p, enum peer_state from, enum peer_state to) {
    return atomic_compare_exchange_strong(&p->state, &from, to);
}

static void pump(struct service *s) {
    for (size_t i = 0; i < s->n_lanes; i++) lane_pump(&s->lanes[i]);
}

void peer_note(struct peer *p, enum peer_sign sign) {
    if (sign != SIGN_TROUBLE) atomic_store(&p->missed, 0);
    switch (sign) {
    case SIGN_ANSWER:
        if (move(p, PEER_SUSPECT, PEER_UP)) pump(p->service);
        break;
    case SIGN_DRAINING:
        if (move(p, PEER_UP, PEER_DRAINING) || move(p, PEER_SUSPECT, PEER_DRAINING))
            log_info("replica is draining", "service", p->service->name, "address", p->addr);
        break;
    case SIGN_TROUBLE:
        if (move(p, PEER_UP, PEER_SUSPECT)) sem_post(&p->service->client->wake_prober);
        break;
    }
}

static void on_link(void *arg, bool up) {
    struct peer *p = arg;
    enum peer_state was = atomic_exchange(&p->state, up ? PEER_SUSPECT : PEER_DOWN);
    atomic_store(&p->link_lost_ms, up ? 0 : time_mono_ms());
    atomic_store(&p->missed, 0);
    if (up) sem_post(&p->service->client->wake_prober);
    if (up != (was != PEER_DOWN))
        log_info(up ? "replica connected" : "replica lost", "service", p->service->name, "address", p->addr);
}

bool peers_up(struct service *s) {
    bool up = false;
    pthread_mutex_lock(&s->lock);
    for (const struct peer *p = s->peers; p != NULL; p = p->next) up |= atomic_load(&p->state) == PEER_UP;
    pthread_mutex_unlock(&s->lock);
    return up;
}

/* ---- prober ---- */

static void probe(struct peer *p) {
    const struct bus_client *c = p->service->client;
    struct bus_head head = {.op = "ping", .role = ROLE_SERVICE, .deadline_ms = time_now_ms() + PROBE_ANSWER_MS};
    size_t len = env_head_size(&head);
    struct tp_msg *m = tp_msg_new(env_size(c->self, 1, len));
    if (m == NULL) return;
    struct env_writer w;
    env_begin(&w, tp_msg_data(m), ENV_REQUEST, c->self, 1);
    env_head_write(&head, env_frame(&w, len));
    env_sign(&w, c->key, NULL, p->probe_mac);
    atomic_store(&p->probe_ms, time_mono_ms());
    tp_ask(p->probe, m, PROBE_ANSWER_MS, PROBE_ANSWER_MS);
}

static enum peer_sign read_pong(const struct peer *p, struct tp_msg *m) {
    struct envelope e;
    struct bus_reply answer;
    size_t len;
    if (m == NULL || env_open(&e, tp_msg_data(m), tp_msg_len(m)) != ENV_OK || e.kind != ENV_REPLY ||
        !env_verify(&e, p->service->client->key, p->probe_mac))
        return SIGN_TROUBLE;
    const uint8_t *frame = env_next(&e, &len);
    if (frame == NULL || !env_answer_read(&answer, frame, len)) return SIGN_TROUBLE;
    return answer.status == ST_OK ? SIGN_ANSWER : answer.status == ST_DRAINING ? SIGN_DRAINING : SIGN_TROUBLE;
}

static void on_pong(void *arg, enum tp_outcome outcome, struct tp_msg *m) {
    (void)outcome;
    struct peer *p = arg;
    enum peer_sign sign = read_pong(p, m);
    bool refused = m != NULL && sign == SIGN_TROUBLE;
    if (refused && !p->refused)
        log_warn("ping refused: wrong key or version?", "service", p->service->name, "address", p->addr);
    p->refused = refused;
    tp_msg_free(&m);
    atomic_store(&p->probe_ms, 0);
    if (sign == SIGN_TROUBLE) atomic_fetch_add(&p->missed, 1);
    if (sign == SIGN_ANSWER && move(p, PEER_DRAINING, PEER_SUSPECT))
        log_info("replica is back", "service", p->service->name, "address", p->addr);
    peer_note(p, sign);
}

static void probe_service(struct service *s) {
    pthread_mutex_lock(&s->lock);
    for (struct peer *p = s->peers; p != NULL; p = p->next)
        if (atomic_load(&p->state) != PEER_DOWN && atomic_load(&p->probe_ms) == 0) probe(p);
    pthread_mutex_unlock(&s->lock);
}

static void end_hopeless_calls(struct service *s) {
    int64_t now = time_mono_ms();
    if (peers_up(s)) {
        s->down_since_ms = 0;
        return;
    }
    if (s->down_since_ms == 0) s->down_since_ms = now;
    for (size_t i = 0; i < s->n_lanes; i++) lane_give_up(&s->lanes[i], now, s->down_since_ms);
}

/* Sleeps until the time is over or somebody posts. */
static void doze(sem_t *wake, int ms) {
    struct timespec until;
    int64_t end = time_mono_ms() + ms;
    until.tv_sec = end / 1000;
    until.tv_nsec = end % 1000 * 1000000;
    while (sem_clockwait(wake, CLOCK_MONOTONIC, &until) != 0 && time_mono_ms() < end) continue;
    while (sem_trywait(wake) == 0) continue;
}

static void *prober_main(void *arg) {
    struct bus_client *c = arg;
    while (!atomic_load(&c->closing)) {
        for (size_t i = 0; i < c->n_services; i++) {
            probe_service(&c->services[i]);
            end_hopeless_calls(&c->services[i]);
        }
        doze(&c->wake_prober, PROBE_EVERY_MS);
    }
    return NULL;
}

/* ---- resolver ---- */

/* Like tp_peer_close(). */
static bool peer_close(struct peer *p) {
    bool closed = tp_peer_close(&p->tp);
    for (size_t i = 0; p->links != NULL && i < p->service->n_lanes; i++) link_free(p->links[i]);
    free(p->links);
    if (closed) free(p);
    return closed;
}

static void peer_open(struct service *s, const char *addr) {
    struct peer *p = calloc(1, sizeof *p);
    if (p == NULL) return;
    p->service = s;
    memcpy(p->addr, addr, sizeof p->addr);
    atomic_store(&p->link_lost_ms, time_mono_ms());
    p->links = calloc(s->n_lanes, sizeof(struct link *));
    p->tp = tp_peer_open(addr, on_link, p);
    p->probe = p->tp != NULL ? tp_slot_open(p->tp, on_pong, p) : NULL;
    if (p->links == NULL || p->probe == NULL) {
        log_error("cannot open a connection", "address", addr);
        peer_close(p);
        return;
    }
    for (size_t i = 0; i < s->n_lanes; i++) p->links[i] = lane_link(&s->lanes[i], p);
    pthread_mutex_lock(&s->lock);
    p->next = s->peers;
    s->peers = p;
    pthread_mutex_unlock(&s->lock);
    sem_post(&s->client->wake_prober); /* the connection may have come before the prober knew of it */
}

static bool unreachable(const struct peer *p) {
    int64_t lost = atomic_load(&p->link_lost_ms);
    if (lost != 0) return time_mono_ms() - lost > REBUILD_MS;
    return atomic_load(&p->state) == PEER_SUSPECT && atomic_load(&p->missed) >= SILENT_PINGS;
}

/* Moves peers that are gone (all of them for list NULL) to the retired ones. */
static void retire_peers(struct service *s, const struct addr_list *list) {
    pthread_mutex_lock(&s->lock);
    for (struct peer **at = &s->peers, *p; (p = *at) != NULL;) {
        if (list != NULL && !unreachable(p) && (!list->complete || addr_has(list, p->addr))) {
            at = &p->next;
            continue;
        }
        *at = p->next;
        p->next = s->client->retired;
        s->client->retired = p;
        for (size_t i = 0; i < s->n_lanes; i++)
            if (p->links[i] != NULL) lane_unlink(&s->lanes[i], p->links[i]);
    }
    pthread_mutex_unlock(&s->lock);
}

/* Nothing may come in while a connection is closed: see transport.c. */
static bool quiet(const struct peer *p) { return atomic_load(&p->in_flight) == 0 && atomic_load(&p->probe_ms) == 0; }

/* False: some connection does not end. */
static bool close_retired(struct bus_client *c, bool all) {
    bool closed = true;
    for (struct peer **at = &c->retired, *p; (p = *at) != NULL;) {
        if (!all && !quiet(p)) {
            at = &p->next;
            continue;
        }
        *at = p->next;
        closed &= peer_close(p);
    }
    return closed;
}

/* Only the resolver changes the list, so it may read it without the lock. */
static bool has_peer(const struct service *s, const char *addr) {
    for (const struct peer *p = s->peers; p != NULL; p = p->next)
        if (strcmp(p->addr, addr) == 0) return true;
    return false;
}

static void resolve_service(struct service *s) {
    struct addr_list list;
    addr_resolve(s->addrs, &list);
    retire_peers(s, &list);
    for (size_t i = 0; i < list.n; i++)
        if (!has_peer(s, list.at[i])) peer_open(s, list.at[i]);
}

static void *resolver_main(void *arg) {
    struct bus_client *c = arg;
    while (!atomic_load(&c->closing)) {
        for (size_t i = 0; i < c->n_services; i++) resolve_service(&c->services[i]);
        if (!close_retired(c, false)) {
            log_error("the bus has broken down, ending to be started again");
            kill(getpid(), SIGTERM);
            break;
        }
        doze(&c->wake_resolver, RESOLVE_EVERY_MS);
    }
    return NULL;
}

int peers_start(struct bus_client *c) {
    sem_init(&c->wake_prober, 0, 0);
    sem_init(&c->wake_resolver, 0, 0);
    for (size_t i = 0; i < c->n_services; i++) c->services[i].down_since_ms = time_mono_ms();
    if (pthread_create(&c->resolver, NULL, resolver_main, c) != 0) return -1;
    if (pthread_create(&c->prober, NULL, prober_main, c) == 0) return 0;
    atomic_store(&c->closing, true);
    sem_post(&c->wake_resolver);
    pthread_join(c->resolver, NULL);
    return -1;
}

void peers_stop(struct bus_client *c) {
    atomic_store(&c->closing, true);
    sem_post(&c->wake_prober);
    sem_post(&c->wake_resolver);
    pthread_join(c->prober, NULL);
    pthread_join(c->resolver, NULL);
    for (size_t i = 0; i < c->n_services; i++) retire_peers(&c->services[i], NULL);
    int64_t until = time_mono_ms() + PROBE_ANSWER_MS;
    for (close_retired(c, false); c->retired != NULL; close_retired(c, time_mono_ms() >= until))
        doze(&c->wake_resolver, QUIET_LOOK_MS);
    sem_destroy(&c->wake_prober);
    sem_destroy(&c->wake_resolver);
}

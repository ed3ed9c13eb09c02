/* bus_lane - the queue between calling threads and message slots. A slot that is free takes up to `batch` waiting calls at once:
 * a lone call leaves immediately, and while all slots are busy calls gather by themselves, without a timer. */
#include <stdlib.h>
#include <string.h>
#include "bus_client_int.h"
#include "bus_pick.h"
#include "log.h"
#include "timeutil.h"

#define SEND_MS 100     /* a connection that takes no message for so long is stuck */
#define SLOW_MS 300     /* an unanswered message of this age makes the replica second choice */
#define GRACE_MS 50     /* an answer sent at the very deadline still arrives */
#define MAX_TRIES 4     /* clocks that disagree must not send a call round and round */
#define PATIENCE_MS 300 /* a call's own wait while the service is known to be down */
#define RESTART_MS 2000 /* how long a service may be away unnoticed */

/* ---- calls ---- */

struct call *call_new(const struct bus_head *head, size_t frame_len) {
    struct call *c = malloc(sizeof *c + frame_len);
    if (c == NULL) return NULL;
    memset(c, 0, sizeof *c);
    atomic_init(&c->refs, 1);
    sem_init(&c->answered, 0, 0);
    c->deadline_ms = head->deadline_ms;
    c->queued_ms = time_mono_ms();
    c->frame_len = frame_len;
    c->frame = (uint8_t *)(c + 1);
    env_head_write(head, c->frame);
    return c;
}

static void reply_unref(struct shared_reply *r) {
    if (r == NULL || atomic_fetch_sub(&r->refs, 1) != 1) return;
    tp_msg_free(&r->msg);
    free(r);
}

void call_unref(struct call *c) {
    if (atomic_fetch_sub(&c->refs, 1) != 1) return;
    reply_unref(c->reply);
    sem_destroy(&c->answered);
    explicit_bzero(c->frame, c->frame_len); /* the body may hold a password */
    free(c);
}

/* Ends the lane's part in a call. */
static void deliver(struct call *c, const struct bus_reply *answer, struct shared_reply *reply) {
    c->answer = *answer;
    if (reply != NULL) {
        atomic_fetch_add(&reply->refs, 1);
        c->reply = reply;
    }
    sem_post(&c->answered);
    call_unref(c);
}

/* ---- queue, under lane.lock ---- */

static void queue_insert(struct lane *l, struct call *c, struct call *before) {
    c->state = CALL_QUEUED;
    c->next = before;
    c->prev = before->prev;
    before->prev->next = c;
    before->prev = c;
    l->queued++;
}

static void queue_remove(struct lane *l, struct call *c) {
    c->prev->next = c->next;
    c->next->prev = c->prev;
    l->queued--;
}

/* ---- slots, under lane.lock ---- */

static void busy_append(struct link *k, struct slot *s) {
    s->next = NULL;
    s->prev = k->busy_last;
    *(k->busy_last != NULL ? &k->busy_last->next : &k->busy) = s;
    k->busy_last = s;
}

static void busy_remove(struct link *k, struct slot *s) {
    *(s->prev != NULL ? &s->prev->next : &k->busy) = s->next;
    *(s->next != NULL ? &s->next->prev : &k->busy_last) = s->prev;
}

static bool older(int64_t since, int64_t now) { return since != 0 && now - since > SLOW_MS; }

static struct link *choose(struct lane *l, int64_t now) {
    struct candidate c[BUS_MAX_PEERS];
    for (size_t i = 0; i < l->n_links; i++) {
        const struct link *k = l->links[i];
        c[i].usable = k->idle != NULL && atomic_load(&k->peer->state) == PEER_UP;
        c[i].slow = older(k->busy != NULL ? k->busy->sent_ms : 0, now) || older(atomic_load(&k->peer->probe_ms), now);
        c[i].load = atomic_load(&k->peer->in_flight);
    }
    l->chance = l->chance * 1664525U + 1013904223U;
    int best = bus_pick(c, l->n_links, l->chance >> 8);
    return best < 0 ? NULL : l->links[best];
}

/* A slot filled with waiting calls; NULL: nothing waits or nobody can take it. */
static struct slot *take(struct lane *l) {
    if (l->queued == 0 || l->closing) return NULL;
    int64_t now = time_mono_ms();
    struct link *k = choose(l, now);
    if (k == NULL) return NULL;
    struct slot *s = k->idle;
    k->idle = s->next;
    s->sent_ms = now;
    s->n = s->bytes = 0;
    while (l->queued > 0 && s->n < (size_t)l->conf->batch) {
        struct call *c = l->queue.next;
        if (env_size(l->service->client->self, s->n + 1, s->bytes + c->frame_len) > ENV_MAX_MESSAGE) break;
        queue_remove(l, c);
        c->state = CALL_SENT;
        c->tries++;
        s->bytes += c->frame_len;
        s->calls[s->n++] = c;
    }
    busy_append(k, s);
    atomic_fetch_add(&k->peer->in_flight, (int)s->n);
    return s;
}

static void settle(struct slot *s, enum tp_outcome outcome, struct tp_msg *msg);

/* Writes and sends the message of a taken slot, without the lock: the slot and its calls are ours until it settles. */
static void send_slot(struct slot *s) {
    struct bus_client *client = s->link->lane->service->client;
    struct tp_msg *m = tp_msg_new(env_size(client->self, s->n, s->bytes));
    if (m == NULL) {
        settle(s, TP_LOST, NULL);
        return;
    }
    struct env_writer w;
    int64_t deadline = 0;
    env_begin(&w, tp_msg_data(m), ENV_REQUEST, client->self, s->n);
    for (size_t i = 0; i < s->n; i++) {
        const struct call *c = s->calls[i];
        memcpy(env_frame(&w, c->frame_len), c->frame, c->frame_len);
        deadline = c->deadline_ms > deadline ? c->deadline_ms : deadline;
    }
    env_sign(&w, client->key, NULL, s->mac);
    int64_t left = deadline - time_now_ms();
    tp_ask(s->tp, m, SEND_MS, (int)(left > 0 ? left : 0) + GRACE_MS);
}

/* ---- answers ---- */

/* Fills one answer per call; false: not a believable reply to this message. */
static bool read_reply(const struct slot *s, struct tp_msg *m, struct bus_reply *answers) {
    struct service *service = s->link->lane->service;
    struct envelope e;
    bool good = env_open(&e, tp_msg_data(m), tp_msg_len(m)) == ENV_OK && e.kind == ENV_REPLY && e.n == s->n &&
                env_verify(&e, service->client->key, s->mac);
    for (size_t i = 0; good && i < s->n; i++) {
        size_t len;
        const uint8_t *frame = env_next(&e, &len);
        good = frame != NULL && env_answer_read(&answers[i], frame, len);
    }
    if (!good || !env_done(&e)) {
        log_warn("reply refused: wrong key, version or shape", "service", service->name, "address",
                 s->link->peer->addr);
        return false;
    }
    return true;
}

static bool not_executed(enum status st) { return st == ST_DRAINING || st == ST_EXPIRED_CALL; }

/* Under the lock. Calls that were certainly not executed wait again, in their old order; they leave `calls` as NULL. */
static void requeue(struct lane *l, struct call **calls, const struct bus_reply *answers, size_t n) {
    int64_t now = time_now_ms();
    for (size_t i = n; i-- > 0;) {
        struct call *c = calls[i];
        if (!not_executed(answers[i].status) || c->state != CALL_SENT || c->tries >= MAX_TRIES ||
            now >= c->deadline_ms || l->closing)
            continue;
        queue_insert(l, c, l->queue.next);
        calls[i] = NULL;
    }
}

static enum peer_sign sign_of(enum tp_outcome outcome, const struct bus_reply *answers, size_t n) {
    if (outcome != TP_ANSWERED) return SIGN_TROUBLE;
    for (size_t i = 0; i < n; i++)
        if (answers[i].status == ST_DRAINING) return SIGN_DRAINING;
    return SIGN_ANSWER;
}

/* Frees the slot and, in the same breath, fills the next one. */
static struct slot *release(struct slot *s, struct call **calls, const struct bus_reply *answers, size_t n) {
    struct link *k = s->link;
    struct lane *l = k->lane;
    pthread_mutex_lock(&l->lock);
    requeue(l, calls, answers, n);
    busy_remove(k, s);
    s->next = k->idle;
    k->idle = s;
    atomic_fetch_sub(&k->peer->in_flight, (int)n);
    struct slot *next = take(l);
    pthread_mutex_unlock(&l->lock);
    return next;
}

static struct shared_reply *share(struct tp_msg *m) {
    struct shared_reply *r = m != NULL ? malloc(sizeof *r) : NULL;
    if (r != NULL) {
        atomic_init(&r->refs, 1);
        r->msg = m;
    }
    return r;
}

static void settle(struct slot *s, enum tp_outcome outcome, struct tp_msg *msg) {
    struct lane *l = s->link->lane;
    size_t n = s->n;
    struct call *calls[BUS_MAX_BATCH];
    struct bus_reply answers[BUS_MAX_BATCH];
    memcpy(calls, s->calls, n * sizeof calls[0]);
    struct shared_reply *reply = share(msg);
    if (outcome == TP_ANSWERED && (reply == NULL || !read_reply(s, msg, answers))) outcome = TP_LOST;
    enum status st = outcome == TP_NOT_SENT ? ST_DRAINING : ST_OUTCOME_UNKNOWN;
    for (size_t i = 0; outcome != TP_ANSWERED && i < n; i++)
        answers[i] = (struct bus_reply){.status = st, .retry_after = 1, .body = ""};
    peer_note(s->link->peer, sign_of(outcome, answers, n));

    struct slot *next = release(s, calls, answers, n);
    if (next != NULL) send_slot(next);
    for (size_t i = 0; i < n; i++) {
        if (calls[i] == NULL) continue;
        if (not_executed(answers[i].status))
            answers[i] = (struct bus_reply){.status = ST_BUSY, .retry_after = 1, .body = ""};
        deliver(calls[i], &answers[i], answers[i].body_len > 0 ? reply : NULL);
    }
    if (reply != NULL)
        reply_unref(reply);
    else
        tp_msg_free(&msg);
    if (next != NULL) lane_pump(l);
}

static void on_done(void *arg, enum tp_outcome outcome, struct tp_msg *reply) { settle(arg, outcome, reply); }

/* ---- the lane ---- */

int lane_open(struct lane *l, struct service *s, const struct bus_lane *conf) {
    l->conf = conf;
    l->service = s;
    l->queue.prev = l->queue.next = &l->queue;
    l->chance = (uint32_t)time_mono_us();
    pthread_mutex_init(&l->lock, NULL);
    return 0;
}

void lane_stop(struct lane *l) {
    pthread_mutex_lock(&l->lock);
    l->closing = true;
    pthread_mutex_unlock(&l->lock);
}

/* Takes calls out of the queue that `now` says waited too long; all of them when the lane closes. */
static void end_waiting(struct lane *l, int64_t now, int64_t down_since) {
    static const struct bus_reply busy = {.status = ST_BUSY, .retry_after = 1, .body = ""};
    struct call *ended = NULL;
    pthread_mutex_lock(&l->lock);
    for (struct call *c = l->queue.next, *next; c != &l->queue; c = next) {
        next = c->next;
        bool waited = now >= down_since + RESTART_MS && now >= c->queued_ms + PATIENCE_MS;
        if (!waited && !l->closing) continue;
        queue_remove(l, c);
        c->state = CALL_SENT; /* no longer in the queue: its answer is on the way */
        c->next = ended;
        ended = c;
    }
    pthread_mutex_unlock(&l->lock);
    for (struct call *next; ended != NULL; ended = next) {
        next = ended->next;
        deliver(ended, &busy, NULL);
    }
}

void lane_close(struct lane *l) {
    end_waiting(l, 0, 0);
    pthread_mutex_destroy(&l->lock);
}

void lane_give_up(struct lane *l, int64_t now_ms, int64_t down_since_ms) { end_waiting(l, now_ms, down_since_ms); }

struct link *lane_link(struct lane *l, struct peer *p) {
    size_t n = (size_t)l->conf->in_flight, batch = (size_t)l->conf->batch;
    struct link *k = calloc(1, sizeof *k + n * sizeof k->slots[0]);
    if (k == NULL) return NULL;
    k->lane = l;
    k->peer = p;
    k->calls = calloc(n * batch, sizeof k->calls[0]);
    for (size_t i = 0; k->calls != NULL && i < n; i++) {
        struct slot *s = &k->slots[i];
        s->link = k;
        s->calls = k->calls + i * batch;
        s->tp = tp_slot_open(p->tp, on_done, s);
        if (s->tp == NULL) break;
        s->next = k->idle;
        k->idle = s;
    }
    pthread_mutex_lock(&l->lock);
    bool fits = k->idle != NULL && l->n_links < BUS_MAX_PEERS;
    if (fits) l->links[l->n_links++] = k;
    pthread_mutex_unlock(&l->lock);
    if (!fits) log_error("no memory for a replica", "address", p->addr);
    return k;
}

void lane_unlink(struct lane *l, struct link *k) {
    pthread_mutex_lock(&l->lock);
    for (size_t i = 0; i < l->n_links; i++)
        if (l->links[i] == k) l->links[i] = l->links[--l->n_links];
    pthread_mutex_unlock(&l->lock);
}

void link_free(struct link *k) {
    if (k != NULL) free(k->calls);
    free(k);
}

bool lane_add(struct lane *l, struct call *c) {
    pthread_mutex_lock(&l->lock);
    bool fits = l->queued < l->conf->queue && !l->closing;
    if (fits) {
        atomic_fetch_add(&c->refs, 1);
        queue_insert(l, c, &l->queue);
    }
    struct slot *s = fits ? take(l) : NULL;
    pthread_mutex_unlock(&l->lock);
    if (s != NULL) send_slot(s);
    return fits;
}

bool lane_abandon(struct lane *l, struct call *c) {
    pthread_mutex_lock(&l->lock);
    bool waiting = c->state == CALL_QUEUED;
    if (waiting) queue_remove(l, c);
    c->state = CALL_ABANDONED;
    pthread_mutex_unlock(&l->lock);
    if (waiting) call_unref(c);
    return waiting;
}

void lane_pump(struct lane *l) {
    for (;;) {
        pthread_mutex_lock(&l->lock);
        struct slot *s = take(l);
        pthread_mutex_unlock(&l->lock);
        if (s == NULL) return;
        send_slot(s);
    }
}

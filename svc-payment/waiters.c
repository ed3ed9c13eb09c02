#include "waiters.h"
#include <pthread.h>
#include <stdlib.h>
#include "attempt.h"

#define BUCKETS 1024
#define POLL_OTHERS_MS 100 /* another replica drives it */
#define POLL_OWN_MS 1000   /* we drive it; but leases may move */

struct waiter {
    struct waiter *next;
    int64_t attempt, until_ms, poll_ms, every_ms;
    const struct waiter_kind *kind;
    struct bus_req *req;
};

struct waiters {
    struct payment *payment;
    pthread_mutex_t lock;
    struct waiter *bucket[BUCKETS];
    size_t n;
};

struct waiters *waiters_new(struct payment *p) {
    struct waiters *w = calloc(1, sizeof *w);
    if (w == NULL) return NULL;
    w->payment = p;
    pthread_mutex_init(&w->lock, NULL);
    return w;
}

bool waiters_add(struct waiters *w, int64_t attempt, const struct waiter_kind *kind, struct bus_req *req,
                 bool driven_here, int64_t now_ms, int64_t until_ms) {
    struct waiter *new = malloc(sizeof *new);
    if (new == NULL) return false;
    *new = (struct waiter){.attempt = attempt, .until_ms = until_ms, .kind = kind, .req = req};
    new->every_ms = driven_here ? POLL_OWN_MS : POLL_OTHERS_MS;
    new->poll_ms = now_ms + (driven_here ? POLL_OWN_MS : 0);
    struct waiter **bucket = &w->bucket[(size_t)attempt % BUCKETS];
    pthread_mutex_lock(&w->lock);
    new->next = *bucket;
    *bucket = new;
    w->n++;
    pthread_mutex_unlock(&w->lock);
    return true;
}

/* Takes a waiter out of its bucket; under the lock. */
static struct waiter *take(struct waiters *w, struct waiter **at, struct waiter *taken) {
    struct waiter *found = *at;
    *at = found->next;
    found->next = taken;
    w->n--;
    return found;
}

static void answer_all(struct waiters *w, struct waiter *taken, const struct attempt *at) {
    for (struct waiter *next; taken != NULL; taken = next) {
        next = taken->next;
        taken->kind->answer(w->payment, taken->req, at);
        free(taken);
    }
}

void waiters_tell(struct waiters *w, const struct attempt *at) {
    struct waiter *taken = NULL;
    pthread_mutex_lock(&w->lock);
    for (struct waiter **x = &w->bucket[(size_t)at->saga.id % BUCKETS]; *x != NULL;) {
        if ((*x)->attempt == at->saga.id && (*x)->kind->ready(at))
            taken = take(w, x, taken);
        else
            x = &(*x)->next;
    }
    pthread_mutex_unlock(&w->lock);
    answer_all(w, taken, at);
}

void waiters_late(struct waiters *w, int64_t now_ms) {
    struct waiter *taken = NULL;
    pthread_mutex_lock(&w->lock);
    for (size_t i = 0; i < BUCKETS && w->n > 0; i++) {
        for (struct waiter **x = &w->bucket[i]; *x != NULL;) {
            if ((*x)->until_ms <= now_ms)
                taken = take(w, x, taken);
            else
                x = &(*x)->next;
        }
    }
    pthread_mutex_unlock(&w->lock);
    answer_all(w, taken, NULL);
}

size_t waiters_polled(struct waiters *w, int64_t now_ms, int64_t *ids, size_t max) {
    size_t n = 0;
    pthread_mutex_lock(&w->lock);
    for (size_t i = 0; i < BUCKETS && w->n > 0; i++) {
        size_t first = n; /* of this bucket: the same attempt cannot be in another */
        for (struct waiter *x = w->bucket[i]; x != NULL && n < max; x = x->next) {
            if (x->poll_ms > now_ms) continue;
            x->poll_ms = now_ms + x->every_ms;
            bool known = false;
            for (size_t j = first; j < n; j++) known = known || ids[j] == x->attempt;
            if (!known) ids[n++] = x->attempt;
        }
    }
    pthread_mutex_unlock(&w->lock);
    return n;
}

void waiters_free(struct waiters **wp) {
    struct waiters *w = *wp;
    if (w == NULL) return;
    waiters_late(w, INT64_MAX);
    pthread_mutex_destroy(&w->lock);
    free(w);
    *wp = NULL;
}

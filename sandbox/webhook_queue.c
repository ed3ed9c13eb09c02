/* webhook_queue - see webhook_queue.h. */
#include "webhook_queue.h"
#include <stdlib.h>
#include <string.h>

/* After the n-th try has failed (Toss guide, webhook). */
static const int resend_minutes[WEBHOOK_TRIES - 1] = {1, 4, 16, 64, 256, 1024, 4096};

const char *delivery_state_name(enum delivery_state s) {
    static const char *const names[] = {
        [DELIVERY_PENDING] = "pending",     [DELIVERY_HELD] = "held",     [DELIVERY_SENDING] = "sending",
        [DELIVERY_DELIVERED] = "delivered", [DELIVERY_FAILED] = "failed", [DELIVERY_DROPPED] = "dropped"};
    return names[s];
}

bool queue_open(struct webhook_queue *q, size_t max) {
    *q = (struct webhook_queue){.max = max, .next = 1};
    q->heap = calloc(max, sizeof(struct delivery *));
    return q->heap != NULL;
}

/* ---- heap by (due, number) ---- */

static bool before(const struct delivery *a, const struct delivery *b) {
    return a->due != b->due ? a->due < b->due : a->number < b->number;
}

static void put(struct webhook_queue *q, size_t place, struct delivery *d) {
    q->heap[place] = d;
    d->place = place;
}

static void rise(struct webhook_queue *q, struct delivery *d) {
    size_t at = d->place;
    for (; at > 0 && before(d, q->heap[(at - 1) / 2]); at = (at - 1) / 2) put(q, at, q->heap[(at - 1) / 2]);
    put(q, at, d);
}

static void sink(struct webhook_queue *q, struct delivery *d) {
    size_t at = d->place;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child + 1 < q->n_heap && before(q->heap[child + 1], q->heap[child])) child++;
        if (child >= q->n_heap || !before(q->heap[child], d)) break;
        put(q, at, q->heap[child]);
        at = child;
    }
    put(q, at, d);
}

void queue_schedule(struct webhook_queue *q, struct delivery *d, int64_t due) {
    d->due = due;
    d->place = q->n_heap++;
    rise(q, d);
}

static void unschedule_first(struct webhook_queue *q) {
    struct delivery *last = q->heap[--q->n_heap];
    if (q->n_heap == 0) return;
    last->place = 0;
    sink(q, last);
}

/* ---- all that are known ---- */

static bool finished(const struct delivery *d) { return d->state >= DELIVERY_DELIVERED; }

static void forget(struct webhook_queue *q, struct delivery *d) {
    *(d->older != NULL ? &d->older->newer : &q->oldest) = d->newer;
    *(d->newer != NULL ? &d->newer->older : &q->newest) = d->older;
    free(d->body);
    free(d);
    q->n--;
}

static bool make_room(struct webhook_queue *q) {
    for (struct delivery *d = q->oldest; d != NULL; d = d->newer)
        if (finished(d)) {
            forget(q, d);
            return true;
        }
    return false;
}

void queue_clear(struct webhook_queue *q) {
    q->n_heap = q->n_held = 0;
    for (struct delivery *d = q->oldest, *next; d != NULL; d = next) {
        next = d->newer;
        if (d->state != DELIVERY_SENDING)
            forget(q, d);
        else
            d->tries = WEBHOOK_TRIES; /* the one under way is the last */
    }
}

void queue_close(struct webhook_queue *q) {
    queue_clear(q);
    free(q->heap);
    q->heap = NULL;
}

struct delivery *queue_add(struct webhook_queue *q, const void *body, size_t len) {
    if (q->n >= q->max && !make_room(q)) return NULL;
    struct delivery *d = calloc(1, sizeof *d);
    char *copy = d != NULL ? malloc(len) : NULL;
    if (copy == NULL) {
        free(d);
        return NULL;
    }
    memcpy(copy, body, len);
    d->body = copy;
    d->len = len;
    d->number = q->next++;
    d->older = q->newest;
    *(q->newest != NULL ? &q->newest->newer : &q->oldest) = d;
    q->newest = d;
    q->n++;
    return d;
}

struct delivery *queue_take(struct webhook_queue *q, int64_t now, int64_t *wait) {
    *wait = -1;
    if (q->n_heap == 0) return NULL;
    struct delivery *d = q->heap[0];
    if (d->due > now) {
        *wait = d->due - now;
        return NULL;
    }
    unschedule_first(q);
    if (d->state == DELIVERY_HELD) q->n_held--;
    d->state = DELIVERY_SENDING;
    return d;
}

/* What a fault held back until a later event of the same payment was out goes now. */
static void let_go(struct webhook_queue *q, const struct delivery *tried, int64_t now) {
    for (size_t i = 0; q->n_held > 0 && i < q->n_heap;) {
        struct delivery *d = q->heap[i++];
        if (d->state != DELIVERY_HELD || d->number > tried->number || strcmp(d->payment_key, tried->payment_key) != 0)
            continue;
        d->state = DELIVERY_PENDING;
        d->due = now;
        q->n_held--;
        rise(q, d);
        i = 0; /* places have changed */
    }
}

void queue_finish(struct webhook_queue *q, struct delivery *d, enum delivery_state state) {
    (void)q;
    d->state = state;
    free(d->body);
    d->body = NULL;
}

void queue_tried(struct webhook_queue *q, struct delivery *d, int http_status, const struct clock *c, int64_t now) {
    d->tries++;
    d->last_status = http_status;
    if (http_status == 200) {
        queue_finish(q, d, DELIVERY_DELIVERED);
    } else if (d->tries < WEBHOOK_TRIES) {
        d->state = DELIVERY_PENDING;
        queue_schedule(q, d, now + clock_limit(c, resend_minutes[d->tries - 1] * MINUTE_MS));
    } else {
        queue_finish(q, d, DELIVERY_FAILED);
    }
    if (q->n_held > 0) let_go(q, d, now);
}

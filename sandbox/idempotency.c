/* idempotency - see idempotency.h. */
#include "idempotency.h"
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "common/arena.h"
#include "common/hash_text.h"

struct entry {
    struct entry *next; /* of the bucket */
    struct entry *older, *newer;
    int64_t first_used;
    int status; /* 0: running */
    char *body;
    size_t len;
    char identity[];
};

struct idempotency {
    pthread_mutex_t lock;
    size_t max, n, mask;
    int64_t keep_ms;
    struct entry *oldest, *newest;
    struct entry **bucket;
};

struct idempotency *idempotency_open(size_t max, int64_t keep_ms) {
    struct idempotency *i = calloc(1, sizeof *i);
    if (i == NULL) return NULL;
    size_t buckets = 1024;
    while (buckets < max) buckets *= 2;
    pthread_mutex_init(&i->lock, NULL);
    i->max = max;
    i->mask = buckets - 1;
    i->keep_ms = keep_ms;
    i->bucket = calloc(buckets, sizeof(struct entry *));
    if (i->bucket == NULL) idempotency_close(&i);
    return i;
}

void idempotency_close(struct idempotency **i) {
    if (*i == NULL) return;
    idempotency_clear(*i);
    free((*i)->bucket);
    pthread_mutex_destroy(&(*i)->lock);
    free(*i);
    *i = NULL;
}

static struct entry **chain(struct idempotency *i, const char *identity) {
    return &i->bucket[hash_text(identity) & i->mask];
}

static struct entry *find(struct idempotency *i, const char *identity) {
    struct entry *e = *chain(i, identity);
    while (e != NULL && strcmp(e->identity, identity) != 0) e = e->next;
    return e;
}

static void forget(struct idempotency *i, struct entry *e) {
    struct entry **at = chain(i, e->identity);
    while (*at != e) at = &(*at)->next;
    *at = e->next;
    *(e->older != NULL ? &e->older->newer : &i->oldest) = e->newer;
    *(e->newer != NULL ? &e->newer->older : &i->newest) = e->older;
    free(e->body);
    free(e);
    i->n--;
}

void idempotency_clear(struct idempotency *i) {
    pthread_mutex_lock(&i->lock);
    while (i->oldest != NULL) forget(i, i->oldest);
    pthread_mutex_unlock(&i->lock);
}

/* Those still running stay: their number is bounded by the threads. */
static void make_room(struct idempotency *i) {
    struct entry *e = i->oldest;
    while (e != NULL && e->status == 0) e = e->newer;
    if (e != NULL) forget(i, e);
}

static bool remember(struct idempotency *i, const char *identity, int64_t now) {
    size_t n = strlen(identity) + 1;
    struct entry *e = calloc(1, sizeof *e + n);
    if (e == NULL) return false;
    if (i->n >= i->max) make_room(i);
    memcpy(e->identity, identity, n);
    e->first_used = now;
    struct entry **bucket = chain(i, identity);
    e->next = *bucket;
    *bucket = e;
    e->older = i->newest;
    *(i->newest != NULL ? &i->newest->newer : &i->oldest) = e;
    i->newest = e;
    i->n++;
    return true;
}

enum idempotency_verdict idempotency_begin(struct idempotency *i, const char *identity, int64_t now, struct arena *a,
                                           struct kept_answer *answer) {
    enum idempotency_verdict v = IDEMPOTENCY_NEW;
    pthread_mutex_lock(&i->lock);
    struct entry *e = find(i, identity);
    if (e != NULL && e->status != 0 && now - e->first_used > i->keep_ms) {
        forget(i, e);
        e = NULL;
    }
    if (e == NULL) {
        if (!remember(i, identity, now)) v = IDEMPOTENCY_RUNNING; /* no memory: come again */
    } else if (e->status == 0) {
        v = IDEMPOTENCY_RUNNING;
    } else {
        v = IDEMPOTENCY_DONE;
        *answer = (struct kept_answer){e->status, arena_strndup(a, e->body, e->len), e->len};
        if (answer->body == NULL) v = IDEMPOTENCY_RUNNING;
    }
    pthread_mutex_unlock(&i->lock);
    return v;
}

static bool kept(int status) { return status >= 200 && status < 500 && status != 429 && status != 409; }

/* malloc()ed, NUL-terminated; NULL: out of memory. */
static char *copy_of(const struct kept_answer *answer) {
    char *body = malloc(answer->len + 1);
    if (body == NULL) return NULL;
    memcpy(body, answer->body, answer->len);
    body[answer->len] = '\0';
    return body;
}

/* Takes over `body`. */
static void complete(struct entry *e, int status, char *body, size_t len) {
    e->status = status;
    e->body = body;
    e->len = len;
}

bool idempotency_finish(struct idempotency *i, const char *identity, const struct kept_answer *answer) {
    char *body = kept(answer->status) ? copy_of(answer) : NULL;
    bool done = false;
    pthread_mutex_lock(&i->lock);
    struct entry *e = find(i, identity);
    if (e != NULL && e->status == 0) { /* a reset in between may have taken it away */
        done = body != NULL;
        if (done)
            complete(e, answer->status, body, answer->len);
        else
            forget(i, e);
    }
    pthread_mutex_unlock(&i->lock);
    if (!done) free(body);
    return done;
}

void idempotency_restore(struct idempotency *i, const char *identity, int64_t first_used,
                         const struct kept_answer *answer) {
    char *body = copy_of(answer);
    pthread_mutex_lock(&i->lock);
    struct entry *e = find(i, identity);
    if (e != NULL) forget(i, e);
    if (body != NULL && remember(i, identity, first_used))
        complete(i->newest, answer->status, body, answer->len);
    else
        free(body);
    pthread_mutex_unlock(&i->lock);
}

void idempotency_each(struct idempotency *i,
                      void (*visit)(void *arg, const char *identity, int64_t first_used, const struct kept_answer *a),
                      void *arg) {
    pthread_mutex_lock(&i->lock);
    for (const struct entry *e = i->oldest; e != NULL; e = e->newer)
        if (e->status != 0) visit(arg, e->identity, e->first_used, &(struct kept_answer){e->status, e->body, e->len});
    pthread_mutex_unlock(&i->lock);
}

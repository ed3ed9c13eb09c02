/* sessions - see sessions.h. */
#include "sessions.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "common/arena.h"
#include "common/hash_text.h"
#include "common/json.h"

#define BUCKETS 16384 /* power of two */
#define PAGE_MAX 10000

struct entry {
    char id[SESSION_TEXT]; /* "": free */
    int64_t version;
    struct entry *next; /* of its bucket */
};

struct sessions {
    pthread_rwlock_t lock; /* guards ring, noted, bucket */
    struct entry ring[SESSIONS_ROOM];
    size_t noted;
    struct entry *bucket[BUCKETS];
    _Atomic bool heard; /* the last page of all, once */
    int64_t until_ms;   /* the puller's own */
};

struct sessions *sessions_open(void) {
    struct sessions *s = calloc(1, sizeof *s);
    if (s != NULL) pthread_rwlock_init(&s->lock, NULL);
    return s;
}

void sessions_close(struct sessions **s) {
    if (*s == NULL) return;
    pthread_rwlock_destroy(&(*s)->lock);
    free(*s);
    *s = NULL;
}

/* The link that points at the entry of the id, or at the end of its chain. Only ids that svc-admin made are noted. */
static struct entry **find(struct sessions *s, const char *id) {
    struct entry **at = &s->bucket[hash_text(id) & (BUCKETS - 1)];
    while (*at != NULL && strcmp((*at)->id, id) != 0) at = &(*at)->next;
    return at;
}

static void note(struct sessions *s, const char *id, int64_t version) {
    struct entry *e = *find(s, id);
    if (e == NULL) {
        e = &s->ring[s->noted++ % SESSIONS_ROOM];
        if (*e->id != '\0') *find(s, e->id) = e->next;
        *e = (struct entry){0};
        memcpy(e->id, id, strlen(id) + 1);
        *find(s, id) = e;
    }
    if (version > e->version) e->version = version;
}

bool sessions_allow(struct sessions *s, const char *session, int64_t version) {
    if (*session == '\0') return true;
    pthread_rwlock_rdlock(&s->lock);
    const struct entry *e = *find(s, session);
    bool good = e == NULL || version >= e->version;
    pthread_rwlock_unlock(&s->lock);
    return good;
}

bool sessions_heard(struct sessions *s) { return atomic_load(&s->heard); }

int64_t sessions_since_ms(struct sessions *s) { return s->until_ms; }

int sessions_apply(struct sessions *s, struct arena *a, const char *page, size_t len) {
    struct json_faults faults = {0};
    struct json_in in, item;
    static const struct json_limits limits = {.values = 4 * PAGE_MAX, .members = 64};
    if (json_open_within(&in, a, &faults, page, len, &limits) != ST_OK) return -1;
    int64_t until_ms = json_int(&in, "until_ms", 0, INT64_C(1) << 53, JSON_REQUIRED);
    bool more = json_bool(&in, "more", JSON_REQUIRED);
    size_t n = json_array(&in, "sessions", 0, PAGE_MAX, JSON_REQUIRED);
    struct entry *read = arena_alloc(a, (n + 1) * sizeof *read);
    for (size_t i = 0; read != NULL && i < n && json_item(&in, "sessions", i, &item); i++) {
        const char *id = json_text(&item, "session", 1, SESSION_TEXT - 1, JSON_REQUIRED);
        read[i].version = json_int(&item, "version", 0, INT64_C(1) << 53, JSON_REQUIRED);
        if (id == NULL || strlen(id) >= SESSION_TEXT) return -1;
        memcpy(read[i].id, id, strlen(id) + 1);
    }
    if (read == NULL || faults.n > 0) return -1;
    pthread_rwlock_wrlock(&s->lock);
    for (size_t i = 0; i < n; i++) note(s, read[i].id, read[i].version);
    pthread_rwlock_unlock(&s->lock);
    s->until_ms = until_ms;
    if (!more) atomic_store(&s->heard, true);
    return more ? 1 : 0;
}

static void feed_ask(void *store, struct json_out *o) { json_put_int(o, "since_ms", sessions_since_ms(store)); }

static int feed_take(void *store, struct arena *a, const char *page, size_t len) {
    return sessions_apply(store, a, page, len);
}

static int64_t feed_as_of(void *store) { return sessions_since_ms(store); }

const struct feed sessions_feed = {"sessions", "admin", "sessions.changed", feed_ask, feed_take, feed_as_of};

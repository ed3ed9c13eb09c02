#include "snapshot.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/crypto.h"
#include "common/json.h"

/* What may be on one page: the limits of its reader, gateway/catalogue.c, are made after these. */
enum { PAGE_BYTES = 512 << 10, INSTANCE_BYTES = 8, TOMBSTONES_MAX = 1000 };

struct doc {
    char *key, *body; /* body NULL: gone */
    size_t len;
    uint64_t seq;   /* of its last change */
    uint64_t round; /* in which it was last put */
};

struct snapshot {
    pthread_mutex_t lock;
    char instance[2 * INSTANCE_BYTES + 1];
    struct doc *docs; /* by key */
    size_t n, cap, n_gone;
    uint64_t seq, round;
    uint64_t floor; /* what was gone before is forgotten: whoever holds an older number starts anew */
    int64_t as_of;  /* 0: nothing loaded yet */
    bool all, changed;
};

struct snapshot *snapshot_new(void) {
    struct snapshot *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    unsigned char id[INSTANCE_BYTES];
    random_bytes(id, sizeof id);
    hex_encode(id, sizeof id, s->instance);
    pthread_mutex_init(&s->lock, NULL);
    return s;
}

static void doc_free(struct doc *d) {
    free(d->key);
    free(d->body);
}

void snapshot_free(struct snapshot **sp) {
    struct snapshot *s = *sp;
    if (!s) return;
    for (size_t i = 0; i < s->n; i++) doc_free(&s->docs[i]);
    free(s->docs);
    pthread_mutex_destroy(&s->lock);
    free(s);
    *sp = NULL;
}

/* Where `key` is, or where it belongs. */
static size_t place_of(const struct snapshot *s, const char *key, bool *found) {
    size_t lo = 0, hi = s->n;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        int c = strcmp(key, s->docs[mid].key);
        if (c == 0) {
            *found = true;
            return mid;
        }
        if (c < 0)
            hi = mid;
        else
            lo = mid + 1;
    }
    *found = false;
    return lo;
}

static struct doc *doc_make(struct snapshot *s, const char *key) {
    bool found;
    size_t at = place_of(s, key, &found);
    if (found) return &s->docs[at];
    if (s->n == s->cap) {
        size_t cap = s->cap ? 2 * s->cap : 64;
        struct doc *docs = realloc(s->docs, cap * sizeof *docs);
        if (!docs) return NULL;
        s->docs = docs;
        s->cap = cap;
    }
    char *own = strdup(key);
    if (!own) return NULL;
    memmove(&s->docs[at + 1], &s->docs[at], (s->n - at) * sizeof *s->docs);
    s->docs[at] = (struct doc){.key = own};
    s->n++;
    s->n_gone++; /* as long as it has no body */
    return &s->docs[at];
}

void snapshot_begin(struct snapshot *s, bool all) {
    pthread_mutex_lock(&s->lock);
    s->round++;
    s->all = all;
    s->changed = false;
    pthread_mutex_unlock(&s->lock);
}

void snapshot_put(struct snapshot *s, const char *key, const char *body, size_t len) {
    pthread_mutex_lock(&s->lock);
    struct doc *d = doc_make(s, key);
    if (d) {
        d->round = s->round;
        if (!d->body || d->len != len || memcmp(d->body, body, len) != 0) {
            char *own = strndup(body, len);
            if (own) { /* else the old one stays until the next round */
                if (!d->body) s->n_gone--;
                free(d->body);
                d->body = own;
                d->len = len;
                d->seq = ++s->seq;
                s->changed = true;
            }
        }
    }
    pthread_mutex_unlock(&s->lock);
}

static void bury_missing(struct snapshot *s) {
    for (size_t i = 0; i < s->n; i++) {
        struct doc *d = &s->docs[i];
        if (!d->body || d->round == s->round) continue;
        free(d->body);
        d->body = NULL;
        d->seq = ++s->seq;
        s->n_gone++;
        s->changed = true;
    }
}

static void forget_gone(struct snapshot *s) {
    size_t keep = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (s->docs[i].body)
            s->docs[keep++] = s->docs[i];
        else
            doc_free(&s->docs[i]);
    }
    s->n = keep;
    s->n_gone = 0;
    s->floor = s->seq;
}

bool snapshot_commit(struct snapshot *s, int64_t as_of) {
    pthread_mutex_lock(&s->lock);
    if (s->all) bury_missing(s);
    if (s->n_gone > TOMBSTONES_MAX) forget_gone(s);
    s->as_of = as_of;
    bool changed = s->changed;
    pthread_mutex_unlock(&s->lock);
    return changed;
}

static int by_seq(const void *a, const void *b) {
    uint64_t x = (*(const struct doc *const *)a)->seq, y = (*(const struct doc *const *)b)->seq;
    return (x > y) - (x < y);
}

/* The documents changed after `seq`, oldest change first; in the arena of `out`. */
static const struct doc **changed_since(const struct snapshot *s, uint64_t seq, struct arena *a, size_t *n) {
    const struct doc **list = arena_alloc(a, s->n * sizeof *list + 1);
    *n = 0;
    if (!list) return NULL;
    for (size_t i = 0; i < s->n; i++)
        if (s->docs[i].seq > seq) list[(*n)++] = &s->docs[i];
    qsort(list, *n, sizeof *list, by_seq);
    return list;
}

/* Writes documents until the page is full; returns how many of the list are on it. */
static size_t write_docs(struct json_out *o, const struct doc **list, size_t n) {
    size_t i = 0;
    json_arr(o, "docs");
    for (; i < n && (i == 0 || o->b->len + 2 * list[i]->len < PAGE_BYTES); i++) {
        if (!list[i]->body) continue;
        json_obj(o, NULL);
        json_put_text(o, "key", list[i]->key);
        json_put_text(o, "body", list[i]->body);
        json_obj_end(o);
    }
    json_arr_end(o);
    return i;
}

bool snapshot_page(struct snapshot *s, const char *instance, uint64_t seq, struct strbuf *out) {
    pthread_mutex_lock(&s->lock);
    bool loaded = s->as_of != 0;
    bool full = strcmp(instance, s->instance) != 0 || seq < s->floor || seq > s->seq || seq == 0;
    size_t n = 0;
    const struct doc **list = loaded ? changed_since(s, full ? 0 : seq, out->arena, &n) : NULL;
    if (list) {
        struct json_out o = {.b = out};
        json_obj(&o, NULL);
        json_put_text(&o, "instance", s->instance);
        json_put_int(&o, "as_of", s->as_of);
        json_put_bool(&o, "full", full);
        size_t on_page = write_docs(&o, list, n);
        json_arr(&o, "gone");
        for (size_t i = 0; i < on_page; i++)
            if (!list[i]->body) json_put_text(&o, NULL, list[i]->key);
        json_arr_end(&o);
        json_put_int(&o, "seq", (int64_t)(on_page < n ? list[on_page - 1]->seq : s->seq));
        json_put_bool(&o, "more", on_page < n);
        json_obj_end(&o);
    }
    pthread_mutex_unlock(&s->lock);
    return list != NULL;
}

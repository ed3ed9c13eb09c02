/* catalogue - see catalogue.h. */
#include "catalogue.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "common/arena.h"
#include "common/crypto.h"
#include "common/hash_text.h"
#include "common/json.h"

#define BUCKETS 8192 /* power of two */
/* What booking puts on one page at most (svc-booking/snapshot.c): documents as long as their text is below PAGE_BYTES, then what
 * is gone. A page that does not fit here would be asked for again and again. */
#define PAGE_BYTES (512 * 1024)
#define LEAST_DOC (sizeof "{\"key\":\"a\",\"body\":\"{}\"}," - 1)
#define MAX_DOCS (PAGE_BYTES / LEAST_DOC + 1)
#define MAX_GONE 1000
#define ETAG_BYTES 18 /* of the SHA-256: 24 characters of base64url */

struct entry {
    struct doc doc; /* first: doc_release() casts back */
    _Atomic int refs;
    uint64_t series; /* the full snapshot that listed it last */
    struct entry *next;
    char text[]; /* key, body */
};

struct catalogue {
    pthread_rwlock_t lock; /* guards bucket[] */
    struct entry *bucket[BUCKETS];
    atomic_bool loaded;
    /* the writer's own */
    pthread_mutex_t writing;
    struct catalogue_mark mark;
    uint64_t series;
    bool in_full; /* between the pages of a full snapshot */
};

struct catalogue *catalogue_open(void) {
    struct catalogue *c = calloc(1, sizeof *c);
    if (c == NULL) return NULL;
    pthread_rwlockattr_t attr;
    pthread_rwlockattr_init(&attr);
    pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP); /* readers never pause */
    pthread_rwlock_init(&c->lock, &attr);
    pthread_rwlockattr_destroy(&attr);
    pthread_mutex_init(&c->writing, NULL);
    return c;
}

void doc_release(const struct doc *d) {
    struct entry *e = (struct entry *)(uintptr_t)d; /* counting does not change what readers see */
    if (e != NULL && atomic_fetch_sub(&e->refs, 1) == 1) free(e);
}

void catalogue_close(struct catalogue **c) {
    if (*c == NULL) return;
    for (size_t i = 0; i < BUCKETS; i++)
        while ((*c)->bucket[i] != NULL) {
            struct entry *e = (*c)->bucket[i];
            (*c)->bucket[i] = e->next;
            doc_release(&e->doc);
        }
    pthread_rwlock_destroy(&(*c)->lock);
    pthread_mutex_destroy(&(*c)->writing);
    free(*c);
    *c = NULL;
}

/* The link that points at the entry of `key`, or at the end of its chain. Those kept come from booking, not from visitors. */
static struct entry **find(struct catalogue *c, const char *key) {
    struct entry **at = &c->bucket[hash_text(key) & (BUCKETS - 1)];
    while (*at != NULL && strcmp((*at)->doc.key, key) != 0) at = &(*at)->next;
    return at;
}

const struct doc *catalogue_get(struct catalogue *c, const char *key) {
    pthread_rwlock_rdlock(&c->lock);
    struct entry *e = *find(c, key);
    if (e != NULL) atomic_fetch_add(&e->refs, 1);
    pthread_rwlock_unlock(&c->lock);
    return e != NULL ? &e->doc : NULL;
}

bool catalogue_loaded(struct catalogue *c) { return atomic_load(&c->loaded); }

struct catalogue_mark catalogue_mark(struct catalogue *c) {
    pthread_mutex_lock(&c->writing);
    struct catalogue_mark m = c->mark;
    pthread_mutex_unlock(&c->writing);
    return m;
}

static struct entry *entry_new(const char *key, const char *body) {
    size_t key_size = strlen(key) + 1, len = strlen(body);
    struct entry *e = calloc(1, sizeof *e + key_size + len + 1);
    if (e == NULL) return NULL;
    memcpy(e->text, key, key_size);
    memcpy(e->text + key_size, body, len + 1);
    atomic_init(&e->refs, 1);
    e->doc.key = e->text;
    e->doc.body = e->text + key_size;
    e->doc.len = len;
    e->doc.clocked = strncmp(key, "exhibition/", 11) == 0 && len > CLOCK_TAIL;
    uint8_t digest[SHA256_LEN];
    const struct slice part = {body, e->doc.clocked ? len - CLOCK_TAIL : len};
    sha256(&part, 1, digest);
    e->doc.etag[0] = '"';
    size_t n = base64url_encode(digest, ETAG_BYTES, e->doc.etag + 1);
    memcpy(e->doc.etag + 1 + n, "\"", 2);
    return e;
}

static void swap_in(struct catalogue *c, struct entry *e) {
    pthread_rwlock_wrlock(&c->lock);
    struct entry **at = find(c, e->doc.key), *old = *at;
    e->next = old != NULL ? old->next : NULL;
    *at = e;
    pthread_rwlock_unlock(&c->lock);
    doc_release(old != NULL ? &old->doc : NULL);
}

static void take_out(struct catalogue *c, const char *key) {
    pthread_rwlock_wrlock(&c->lock);
    struct entry **at = find(c, key), *old = *at;
    if (old != NULL) *at = old->next;
    pthread_rwlock_unlock(&c->lock);
    doc_release(old != NULL ? &old->doc : NULL);
}

/* After the last page of a full snapshot: what it did not list is gone. */
static void forget_unlisted(struct catalogue *c) {
    for (size_t i = 0; i < BUCKETS; i++) {
        struct entry *gone = NULL;
        pthread_rwlock_wrlock(&c->lock);
        for (struct entry **at = &c->bucket[i]; *at != NULL;) {
            struct entry *e = *at;
            if (e->series == c->series) {
                at = &e->next;
                continue;
            }
            *at = e->next;
            e->next = gone;
            gone = e;
        }
        pthread_rwlock_unlock(&c->lock);
        while (gone != NULL) {
            struct entry *next = gone->next;
            doc_release(&gone->doc);
            gone = next;
        }
    }
}

/* A page as read: everything is known to be well-formed before the first document changes. */
struct page {
    const char *instance;
    int64_t seq, as_of_ms;
    bool full, more;
    size_t n_docs, n_gone;
    struct entry **docs;
    const char **gone;
};

static bool page_docs(struct json_in *in, struct arena *a, struct page *p) {
    p->n_docs = json_array(in, "docs", 0, MAX_DOCS, JSON_REQUIRED);
    p->n_gone = json_array(in, "gone", 0, MAX_GONE, JSON_OPTIONAL);
    p->docs = arena_alloc(a, (p->n_docs + 1) * sizeof *p->docs);
    p->gone = arena_alloc(a, (p->n_gone + 1) * sizeof *p->gone);
    if (p->docs == NULL || p->gone == NULL) return false;
    for (size_t i = 0; i < p->n_gone; i++) p->gone[i] = json_item_text(in, "gone", i, 1, 200);
    for (size_t i = 0; i < p->n_docs; i++) {
        struct json_in doc;
        if (!json_item(in, "docs", i, &doc)) return false;
        const char *key = json_text(&doc, "key", 1, 200, JSON_REQUIRED);
        const char *body = json_text(&doc, "body", 2, PAGE_BYTES, JSON_REQUIRED);
        if (key == NULL || body == NULL || (p->docs[i] = entry_new(key, body)) == NULL) return false;
    }
    return in->faults->n == 0;
}

static bool page_read(struct arena *a, const char *text, size_t len, struct page *p) {
    struct json_faults faults = {0};
    struct json_in in;
    static const struct json_limits limits = {.values = 3 * MAX_DOCS + MAX_GONE + 8 /* the page itself */,
                                              .members = 64};
    if (json_open_within(&in, a, &faults, text, len, &limits) != ST_OK) return false;
    p->instance = json_text(&in, "instance", 1, 100, JSON_REQUIRED);
    p->seq = json_int(&in, "seq", 0, INT64_C(1) << 53, JSON_REQUIRED);
    p->as_of_ms = json_int(&in, "as_of", 0, INT64_C(1) << 53, JSON_REQUIRED);
    p->full = json_bool(&in, "full", JSON_REQUIRED);
    p->more = json_bool(&in, "more", JSON_REQUIRED);
    return page_docs(&in, a, p) && p->instance != NULL &&
           strlen(p->instance) < sizeof((struct catalogue_mark *)0)->instance;
}

static void page_apply(struct catalogue *c, const struct page *p) {
    if (p->full) { /* the first page of a whole snapshot; the others are steps from it */
        c->series++;
        c->in_full = true;
    }
    for (size_t i = 0; i < p->n_docs; i++) {
        p->docs[i]->series = c->series;
        swap_in(c, p->docs[i]);
        p->docs[i] = NULL; /* the catalogue's now */
    }
    for (size_t i = 0; i < p->n_gone; i++) take_out(c, p->gone[i]);
    memcpy(c->mark.instance, p->instance, strlen(p->instance) + 1);
    c->mark.seq = p->seq;
    if (p->as_of_ms > c->mark.as_of_ms) c->mark.as_of_ms = p->as_of_ms;
    if (p->more) return;
    if (c->in_full) forget_unlisted(c);
    c->in_full = false;
    atomic_store(&c->loaded, true);
}

int catalogue_apply(struct catalogue *c, struct arena *a, const char *page, size_t len) {
    struct page p = {0};
    int rc = -1;
    pthread_mutex_lock(&c->writing);
    if (page_read(a, page, len, &p)) {
        bool same = strcmp(p.instance, c->mark.instance) == 0;
        /* Another replica that knows less than we do already has nothing to tell; a step is only a step from where we stand. */
        bool useful = same || (p.full && p.as_of_ms >= c->mark.as_of_ms);
        if (useful) page_apply(c, &p);
        rc = useful && p.more ? 1 : 0;
    }
    pthread_mutex_unlock(&c->writing);
    for (size_t i = 0; p.docs != NULL && i < p.n_docs; i++)
        if (p.docs[i] != NULL) doc_release(&p.docs[i]->doc);
    return rc;
}

static void feed_ask(void *store, struct json_out *o) {
    struct catalogue_mark mark = catalogue_mark(store);
    json_put_text(o, "instance", mark.instance);
    json_put_int(o, "seq", mark.seq);
}

static int feed_take(void *store, struct arena *a, const char *page, size_t len) {
    return catalogue_apply(store, a, page, len);
}

static int64_t feed_as_of(void *store) { return catalogue_mark(store).as_of_ms; }

const struct feed catalogue_feed = {"catalogue", "booking", "catalogue.snapshot", feed_ask, feed_take, feed_as_of};

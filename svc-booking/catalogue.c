#include "catalogue.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue_docs.h"
#include "catalogue_model.h"
#include "catalogue_publish.h"
#include "catalogue_store.h"
#include "common/arena.h"
#include "common/bus.h"
#include "common/cond.h"
#include "common/log.h"
#include "common/timeutil.h"
#include "snapshot.h"

enum {
    PULL_EVERY_MS = 1000,
    PUBLISH_EVERY_MS = 200, /* at most five hints a second */
    HELD_EVERY_MS = 3000,   /* who holds the rest of an empty pool is a question over all open orders */
    REFRESH_WAIT_MS = 500,
    SCRATCH_MAX = 64 << 20
};

struct catalogue {
    pthread_mutex_t lock; /* all down to the line; the refresh thread alone replaces `data`, so it reads it unlocked */
    pthread_cond_t wake, done;
    bool stopping, dirty;
    uint64_t asked, served; /* catalogue_refresh() calls */
    struct cat_data *data;
    struct cat_pools pools; /* malloc'ed */
    uint64_t mark;          /* of the last change of a pool */
    /* ---- the refresh thread's own ---- */
    pthread_t thread;
    struct db *db;
    struct bus_pub *pub;
    struct snapshot *snapshot;
    char known[256];    /* mark of the definitions in `data` */
    bool republish;     /* definitions are new: render everything */
    uint64_t published; /* mark up to which stock is rendered */
    int64_t as_of;      /* database clock of the last pull; 0: none yet */
    int64_t ahead;      /* database clock minus this machine's monotonic clock */
    int64_t next_pull, next_publish, next_held;
};

/* ---- readers ---- */

void catalogue_pool_update(struct catalogue *c, int64_t pool_id, int64_t version, int64_t available) {
    pthread_mutex_lock(&c->lock);
    struct cat_pool *p = cat_pool_find(&c->pools, pool_id);
    if (p && version > p->version) {
        if (available == 0 && p->available > 0) p->in_checkout = true; /* whoever took the last is not through yet */
        p->version = version;
        p->available = available;
        p->mark = ++c->mark;
        if (!c->dirty) {
            c->dirty = true;
            pthread_cond_signal(&c->wake);
        }
    }
    pthread_mutex_unlock(&c->lock);
}

bool catalogue_locate(struct catalogue *c, const char *code, const int64_t *products, size_t n, int64_t slot_id,
                      struct catalogue_place *place, int64_t *pools) {
    int64_t now = time_now_ms();
    pthread_mutex_lock(&c->lock);
    const struct cat_exhibition *e = c->data ? cat_exhibition_find(c->data, code) : NULL;
    const struct cat_slot *s = e && slot_id ? cat_slot_find(e, slot_id) : NULL;
    bool good = e && (s || !slot_id);
    for (size_t i = 0; good && i < n; i++) {
        const struct cat_product *p = cat_product_find(e, products[i]);
        good = p && sale_status_of(p, e, 1, now) == SALE_ON;
        pools[i] = good ? p->pool_id : 0;
    }
    if (good) *place = (struct catalogue_place){.exhibition_id = e->id, .slot_pool = s ? s->pool_id : 0};
    pthread_mutex_unlock(&c->lock);
    return good;
}

uint64_t catalogue_changed_pools(struct catalogue *c, uint64_t since,
                                 void (*fn)(void *arg, const struct catalogue_pool *p), void *arg) {
    pthread_mutex_lock(&c->lock);
    for (size_t i = 0; i < c->pools.n; i++) {
        const struct cat_pool *p = &c->pools.v[i];
        if (p->mark <= since) continue;
        const struct catalogue_pool told = {
            .id = p->id, .exhibition_id = p->exhibition_id, .version = p->version, .available = p->available};
        fn(arg, &told);
    }
    uint64_t mark = c->mark;
    pthread_mutex_unlock(&c->lock);
    return mark;
}

struct snapshot *catalogue_snapshot(struct catalogue *c) {
    return c->snapshot;
}

bool catalogue_loaded(struct catalogue *c) {
    pthread_mutex_lock(&c->lock);
    bool loaded = c->data != NULL;
    pthread_mutex_unlock(&c->lock);
    return loaded;
}

void catalogue_refresh(struct catalogue *c) {
    int64_t until = time_mono_ms() + REFRESH_WAIT_MS;
    pthread_mutex_lock(&c->lock);
    uint64_t mine = ++c->asked;
    pthread_cond_signal(&c->wake);
    while (c->served < mine && !c->stopping && cond_wait_until(&c->done, &c->lock, until)) {}
    pthread_mutex_unlock(&c->lock);
}

/* ---- the refresh thread ---- */

/* What a pull read (`p`) meets what is known (`old`). SQL is right, even when its version is lower (a restored
 * database), unless a commit was reported while the pull was under way. */
static void merge_pool(struct catalogue *c, struct cat_pool *p, const struct cat_pool *old, uint64_t pull_mark) {
    if (!old) {
        p->mark = ++c->mark;
        return;
    }
    p->in_checkout = old->in_checkout;
    p->awaiting_deposit = old->awaiting_deposit;
    p->mark = old->mark;
    if (old->version > p->version && old->mark > pull_mark) {
        p->version = old->version;
        p->available = old->available;
    } else if (old->version != p->version || old->total != p->total) {
        if (p->available == 0 && old->available > 0) p->in_checkout = true;
        p->mark = ++c->mark;
    }
}

/* Replaces the pools by what SQL said. */
static void take_pools(struct catalogue *c, const struct cat_pools *fresh, uint64_t pull_mark) {
    struct cat_pool *v = malloc(fresh->n * sizeof *v + 1);
    if (!v) return;
    memcpy(v, fresh->v, fresh->n * sizeof *v);
    pthread_mutex_lock(&c->lock);
    for (size_t i = 0; i < fresh->n; i++) merge_pool(c, &v[i], cat_pool_find(&c->pools, v[i].id), pull_mark);
    struct cat_pool *old = c->pools.v;
    c->pools = (struct cat_pools){v, fresh->n};
    pthread_mutex_unlock(&c->lock);
    free(old);
}

static void take_held(struct catalogue *c, const struct cat_pools *fresh) {
    pthread_mutex_lock(&c->lock);
    for (size_t i = 0; i < fresh->n; i++) {
        const struct cat_pool *f = &fresh->v[i];
        struct cat_pool *p = f->available == 0 ? cat_pool_find(&c->pools, f->id) : NULL;
        if (!p || (p->in_checkout == f->in_checkout && p->awaiting_deposit == f->awaiting_deposit)) continue;
        p->in_checkout = f->in_checkout;
        p->awaiting_deposit = f->awaiting_deposit;
        p->mark = ++c->mark;
    }
    pthread_mutex_unlock(&c->lock);
}

static enum db_rc pull_definitions(struct catalogue *c, const char *mark) {
    struct cat_data *fresh = NULL;
    if (strcmp(mark, c->known) == 0) return DB_OK;
    enum db_rc rc = catalogue_store_load(c->db, &fresh);
    if (rc != DB_OK) return rc;
    pthread_mutex_lock(&c->lock);
    struct cat_data *old = c->data;
    c->data = fresh;
    pthread_mutex_unlock(&c->lock);
    if (old) {
        struct arena *a = old->arena;
        arena_free(&a);
    }
    c->republish = true;
    strncpy(c->known, mark, sizeof c->known - 1);
    return DB_OK;
}

/* Reads what changed in SQL. After an error everything stays as it was, and gets older. */
static void pull(struct catalogue *c) {
    struct arena *a = arena_new(SCRATCH_MAX);
    struct cat_pools fresh = {0};
    const char *mark = NULL;
    int64_t now = 0, mono = time_mono_ms();
    if (!a) return;
    pthread_mutex_lock(&c->lock);
    uint64_t pull_mark = c->mark;
    pthread_mutex_unlock(&c->lock);
    enum db_rc rc = catalogue_store_mark(c->db, a, &now, &mark);
    if (rc == DB_OK) rc = pull_definitions(c, mark);
    if (rc == DB_OK) rc = catalogue_store_pools(c->db, a, &fresh); /* after the products: none lacks its pool */
    if (rc == DB_OK) {
        take_pools(c, &fresh, pull_mark);
        c->as_of = now;
        c->ahead = now - mono;
    }
    if (rc == DB_OK && mono >= c->next_held && catalogue_store_held(c->db, a, &fresh) == DB_OK) {
        take_held(c, &fresh);
        c->next_held = mono + HELD_EVERY_MS;
    }
    arena_free(&a);
}

static void publish(struct catalogue *c) {
    if (!c->data || c->as_of == 0) return;
    pthread_mutex_lock(&c->lock);
    uint64_t mark = c->mark;
    struct cat_pools copy = {malloc(c->pools.n * sizeof *copy.v + 1), c->pools.n};
    if (copy.v && copy.n) memcpy(copy.v, c->pools.v, copy.n * sizeof *copy.v);
    pthread_mutex_unlock(&c->lock);
    if (!copy.v) return;
    int64_t now = c->ahead + time_mono_ms();
    if (catalogue_publish(c->snapshot, c->data, &copy, now, c->as_of, c->republish, c->published) && c->pub)
        bus_pub_send(c->pub, "catalogue");
    c->republish = false;
    c->published = mark;
    free(copy.v);
}

/* Waits until there is something to do. False: the end. */
static bool wait_for_work(struct catalogue *c, bool *must_pull, uint64_t *asked) {
    pthread_mutex_lock(&c->lock);
    for (;;) {
        bool soon = c->dirty || c->asked > c->served;
        int64_t due = soon && c->next_publish < c->next_pull ? c->next_publish : c->next_pull;
        if (c->stopping || time_mono_ms() >= due) break;
        cond_wait_until(&c->wake, &c->lock, due);
    }
    bool go = !c->stopping;
    *asked = c->asked;
    *must_pull = c->asked > c->served || time_mono_ms() >= c->next_pull;
    c->dirty = false;
    pthread_mutex_unlock(&c->lock);
    return go;
}

static void *run(void *arg) {
    struct catalogue *c = arg;
    bool must_pull;
    uint64_t asked;
    while (wait_for_work(c, &must_pull, &asked)) {
        if (must_pull) {
            pull(c);
            c->next_pull = time_mono_ms() + PULL_EVERY_MS;
        }
        publish(c);
        c->next_publish = time_mono_ms() + PUBLISH_EVERY_MS;
        pthread_mutex_lock(&c->lock);
        if (must_pull) c->served = asked;
        pthread_cond_broadcast(&c->done);
        pthread_mutex_unlock(&c->lock);
    }
    return NULL;
}

struct catalogue *catalogue_start(struct db *db, struct bus_pub *pub) {
    struct catalogue *c = calloc(1, sizeof *c);
    if (!c || !(c->snapshot = snapshot_new())) {
        free(c);
        return NULL;
    }
    c->db = db;
    c->pub = pub;
    cond_init_monotonic(&c->wake);
    cond_init_monotonic(&c->done);
    pthread_mutex_init(&c->lock, NULL);
    pull(c);
    publish(c);
    if (!c->data) log_warn("catalogue not loaded yet");
    c->next_pull = time_mono_ms() + PULL_EVERY_MS;
    if (pthread_create(&c->thread, NULL, run, c) != 0) {
        c->stopping = true; /* no thread to join */
        c->db = NULL;       /* stays the caller's */
        catalogue_stop(&c);
    }
    return c;
}

void catalogue_stop(struct catalogue **cp) {
    struct catalogue *c = *cp;
    if (!c) return;
    pthread_mutex_lock(&c->lock);
    bool running = !c->stopping;
    c->stopping = true;
    pthread_cond_broadcast(&c->wake);
    pthread_cond_broadcast(&c->done);
    pthread_mutex_unlock(&c->lock);
    if (running) pthread_join(c->thread, NULL);
    db_close(&c->db);
    if (c->data) {
        struct arena *a = c->data->arena;
        arena_free(&a);
    }
    free(c->pools.v);
    snapshot_free(&c->snapshot);
    pthread_cond_destroy(&c->wake);
    pthread_cond_destroy(&c->done);
    pthread_mutex_destroy(&c->lock);
    free(c);
    *cp = NULL;
}

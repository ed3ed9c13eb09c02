#include "gate_keeper.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "common/arena.h"
#include "common/cond.h"
#include "common/log.h"
#include "common/redis.h"
#include "common/timeutil.h"
#include "catalogue.h"
#include "gate_store.h"

#define COALESCE_MS 20
#define REFRESH_MS 1000
#define ARENA_MAX ((size_t)64 * 1024 * 1024)

struct known {
    struct pool_change pool; /* pool_id 0: free slot */
    bool dirty;              /* to be pushed */
};

struct gate_keeper {
    struct redis *redis;
    struct db *db;
    struct catalogue *catalogue;
    struct arena *arena; /* of the thread */
    int64_t epoch;       /* 0: not known yet, nothing is pushed */
    uint64_t since;      /* the catalogue's mark */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stop, dirty;    /* something was marked since the last push */
    struct known *table; /* open hash by pool id, at most half full */
    size_t size, used;
};

static struct known *slot_of(struct known *table, size_t size, int64_t pool_id) {
    size_t at = (size_t)pool_id * 0x9e3779b1U & (size - 1);
    while (table[at].pool.pool_id != 0 && table[at].pool.pool_id != pool_id) at = (at + 1) & (size - 1);
    return &table[at];
}

static bool grow(struct gate_keeper *k) {
    size_t size = k->size == 0 ? 1024 : 2 * k->size;
    struct known *table = calloc(size, sizeof *table);
    if (table == NULL) return false;
    for (size_t i = 0; i < k->size; i++)
        if (k->table[i].pool.pool_id != 0) *slot_of(table, size, k->table[i].pool.pool_id) = k->table[i];
    free(k->table);
    k->table = table;
    k->size = size;
    return true;
}

/* Under the lock. True: it was news. */
static bool learn(struct gate_keeper *k, const struct pool_change *p) {
    if (2 * (k->used + 1) > k->size && !grow(k)) return false;
    struct known *slot = slot_of(k->table, k->size, p->pool_id);
    bool is_new = slot->pool.pool_id == 0;
    if (!is_new && slot->pool.version >= p->version) return false;
    k->used += is_new;
    slot->pool = *p;
    slot->dirty = true;
    return true;
}

void gate_keeper_changed(struct gate_keeper *k, const struct pool_change *change, size_t n) {
    pthread_mutex_lock(&k->lock);
    bool was = k->dirty;
    for (size_t i = 0; i < n; i++) k->dirty |= learn(k, &change[i]);
    if (k->dirty && !was) pthread_cond_signal(&k->wake);
    pthread_mutex_unlock(&k->lock);
}

void gate_keeper_touched(struct gate_keeper *k, const struct gate_order *orders, size_t n) {
    pthread_mutex_lock(&k->lock);
    bool was = k->dirty;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < orders[i].n; j++)
            k->dirty = slot_of(k->table, k->size, orders[i].need[j].pool_id)->dirty = true;
    if (k->dirty && !was) pthread_cond_signal(&k->wake);
    pthread_mutex_unlock(&k->lock);
}

static void note_from_catalogue(void *arg, const struct catalogue_pool *p) {
    struct gate_keeper *k = arg;
    struct pool_change change = {p->exhibition_id, p->id, p->version, p->available};
    gate_keeper_changed(k, &change, 1);
}

/* Copies what is marked and unmarks it. */
static struct pool_change *collect(struct gate_keeper *k, size_t *n) {
    *n = 0;
    pthread_mutex_lock(&k->lock);
    struct pool_change *out = arena_alloc(k->arena, k->used * sizeof *out);
    for (size_t i = 0; out != NULL && i < k->size; i++) {
        struct known *slot = &k->table[i];
        if (slot->pool.pool_id == 0 || !slot->dirty) continue;
        out[(*n)++] = slot->pool;
        slot->dirty = false;
    }
    k->dirty = false;
    pthread_mutex_unlock(&k->lock);
    return out;
}

/* For the next refresh. */
static void mark_all(struct gate_keeper *k) {
    pthread_mutex_lock(&k->lock);
    for (size_t i = 0; i < k->size; i++) k->table[i].dirty = true;
    pthread_mutex_unlock(&k->lock);
}

static void flush(struct gate_keeper *k) {
    size_t n;
    struct pool_change *pools = collect(k, &n);
    if (n > 0 && !gate_push(k->redis, k->arena, k->epoch, pools, n))
        mark_all(k); /* what Redis holds when it comes back is anybody's guess */
    arena_reset(k->arena);
}

static void refresh(struct gate_keeper *k) {
    int64_t epoch = k->epoch;
    if (gate_store_epoch(k->db, k->arena, &epoch) == DB_OK && epoch != k->epoch) {
        k->epoch = epoch;
        mark_all(k);
    }
    arena_reset(k->arena);
    k->since = catalogue_changed_pools(k->catalogue, k->since, note_from_catalogue, k);
    if (k->epoch != 0) flush(k);
}

/* Waits until something changed or it is time to refresh. False: stop. */
static bool wait_for_work(struct gate_keeper *k, int64_t until_mono_ms) {
    pthread_mutex_lock(&k->lock);
    while (!k->stop && !(k->dirty && k->epoch != 0) && cond_wait_until(&k->wake, &k->lock, until_mono_ms)) {}
    bool stop = k->stop;
    pthread_mutex_unlock(&k->lock);
    return !stop;
}

static void *keeper_main(void *arg) {
    struct gate_keeper *k = arg;
    int64_t next = time_mono_ms();
    while (wait_for_work(k, next)) {
        if (time_mono_ms() >= next) {
            refresh(k);
            next = time_mono_ms() + REFRESH_MS;
        } else {
            struct timespec coalesce = {0, COALESCE_MS * 1000000L};
            nanosleep(&coalesce, NULL);
            flush(k);
        }
    }
    return NULL;
}

struct gate_keeper *gate_keeper_start(struct redis *redis, struct db *db, struct catalogue *catalogue) {
    struct gate_keeper *k = calloc(1, sizeof *k);
    if (k == NULL || (k->arena = arena_new(ARENA_MAX)) == NULL || !grow(k)) goto fail;
    k->redis = redis;
    k->db = db;
    k->catalogue = catalogue;
    pthread_mutex_init(&k->lock, NULL);
    cond_init_monotonic(&k->wake);
    if (pthread_create(&k->thread, NULL, keeper_main, k) == 0) return k;
fail:
    log_error("gate keeper cannot start");
    if (k != NULL) {
        arena_free(&k->arena);
        free(k->table);
    }
    free(k);
    return NULL;
}

void gate_keeper_stop(struct gate_keeper **kp) {
    struct gate_keeper *k = *kp;
    if (k == NULL) return;
    pthread_mutex_lock(&k->lock);
    k->stop = true;
    pthread_cond_signal(&k->wake);
    pthread_mutex_unlock(&k->lock);
    pthread_join(k->thread, NULL);
    pthread_cond_destroy(&k->wake);
    pthread_mutex_destroy(&k->lock);
    redis_close(&k->redis);
    db_close(&k->db);
    arena_free(&k->arena);
    free(k->table);
    free(k);
    *kp = NULL;
}

#include "saga.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "columns.h"
#include "common/arena.h"
#include "common/cond.h"
#include "common/crypto.h"
#include "common/db.h"
#include "common/fault.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/timeutil.h"
#include "journal.h"
#include "payment.h"
#include "saga_store.h"
#include "waiters.h"

#define JOB_ARENA_MAX ((size_t)4 * 1024 * 1024)
#define CLAIM_ARENA_MAX ((size_t)8 * 1024 * 1024)
#define CLAIM_EVERY_MS 200
#define CLAIM_BATCH 64
#define QUEUE_ENOUGH 256 /* nothing is claimed while so many wait here: another replica may be free */
#define STUCK_MS (60 * 60 * 1000)
#define STEPS_MAX 32

struct job { /* a row on its way through the states, held by one thread at a time */
    struct job *next;
    struct arena *arena;
    struct saga *row;
};

struct pool {
    struct saga_engine *engine;
    enum saga_pool id;
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct job *first, **end;
    pthread_t *threads;
    int n_threads;
    bool stop;
};

struct saga_engine {
    struct payment *payment;
    struct saga_conf conf;
    struct pool pool[SAGA_POOLS];
    atomic_int queued, stopping;
    struct metric *seconds[SAGA_KINDS][STEPS_MAX], *stolen;
    /* the reconciler */
    struct db *db;
    struct arena *arena;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool nudged, running;
};

/* ---- what steps say ---- */

static int64_t retry_first_ms = 2000; /* set before there are threads */

int64_t saga_retry_ms(int64_t now_ms, int64_t tries, uint32_t chance) {
    static const int64_t halves[] = {2, 5, 15, 60}; /* of the first */
    enum { LAST = sizeof halves / sizeof *halves - 1 };
    int64_t wait = halves[tries < 0 ? 0 : tries < LAST ? tries : LAST] * retry_first_ms / 2;
    return now_ms + wait + wait / 8 * (int64_t)(chance % 1000) / 1000;
}

void saga_later(const struct saga *row, struct saga_move *m) {
    uint32_t chance;
    random_bytes(&chance, sizeof chance);
    *m = (struct saga_move){.to = row->state, .due_ms = saga_retry_ms(time_now_ms(), row->tries, chance)};
}

void saga_stuck(const struct saga *row, struct saga_move *m) {
    *m = (struct saga_move){.to = row->state, .due_ms = time_now_ms() + STUCK_MS};
}

void saga_rest(struct saga_move *m, const char *to) { *m = (struct saga_move){.to = to, .rest = true}; }

/* ---- pools ---- */

static void job_free(struct job *job) {
    struct arena *arena = job->arena; /* the job lies in it */
    arena_free(&arena);
}

static void pool_push(struct pool *p, struct job *job) {
    job->next = NULL;
    atomic_fetch_add(&p->engine->queued, 1);
    pthread_mutex_lock(&p->lock);
    *p->end = job;
    p->end = &job->next;
    pthread_cond_signal(&p->filled);
    pthread_mutex_unlock(&p->lock);
}

static struct job *pool_pop(struct pool *p) {
    pthread_mutex_lock(&p->lock);
    while (p->first == NULL && !p->stop) pthread_cond_wait(&p->filled, &p->lock);
    struct job *job = p->stop ? NULL : p->first;
    if (job != NULL) {
        p->first = job->next;
        if (p->first == NULL) p->end = &p->first;
        atomic_fetch_sub(&p->engine->queued, 1);
    }
    pthread_mutex_unlock(&p->lock);
    return job;
}

static struct pool *pool_of(struct saga_engine *e, const struct saga *row) {
    const struct saga_step *step = saga_step_of(row->kind, row->state);
    return &e->pool[step == NULL || row->tries > 0 ? POOL_LOOK_UP : step->pool];
}

bool saga_submit(struct saga_engine *e, const struct saga *row) {
    struct arena *arena = arena_new(JOB_ARENA_MAX);
    struct job *job = arena == NULL ? NULL : arena_alloc(arena, sizeof *job);
    if (job != NULL) {
        *job = (struct job){.arena = arena, .row = row_copy(&row_tables[row->kind], arena, row)};
        if (job->row != NULL) {
            pool_push(pool_of(e, row), job);
            return true;
        }
    }
    arena_free(&arena);
    log_error("no memory for a saga; its lease must end first", "saga", saga_kind_name(row->kind));
    return false;
}

/* ---- the driver ---- */

static void measure(struct saga_engine *e, const struct saga *row, const struct saga_step *step, int64_t since_us) {
    size_t i = (size_t)(step - saga_steps[row->kind].step);
    metric_observe_us(e->seconds[row->kind][i], time_mono_us() - since_us);
}

/* The step's changes are forgotten: the row waits as the database has it. */
static void put_off(struct saga *row, struct saga_move *m, void (*until)(const struct saga *, struct saga_move *)) {
    memcpy(row, row->stored, row_tables[row->kind].size);
    until(row, m);
}

static bool save(struct saga_engine *e, struct saga *row, struct saga_move *m) {
    enum saved saved = journal_save(e->payment->journal, row, m);
    if (saved == SAVE_IN_THE_WAY || saved == SAVE_REFUSED) {
        put_off(row, m, saved == SAVE_IN_THE_WAY ? saga_later : saga_stuck);
        saved = journal_save(e->payment->journal, row, m);
    }
    if (saved == SAVED_BY_OTHERS) metric_add(e->stolen, 1);
    return saved == SAVED;
}

/* One step and its save. True: the next one follows now. */
static bool take_step(struct saga_engine *e, struct job *job, const struct saga_step *step) {
    struct saga *row = job->row;
    struct saga_move m = {.to = row->state, .rest = true};
    int64_t since_us = time_mono_us();
    fault_hit(step->before);
    step->run(e->payment, job->arena, row, &m);
    measure(e, row, step, since_us);
    fault_hit(step->called);
    bool now = !m.rest && m.due_ms == 0;
    if (now && atomic_load(&e->stopping)) m.due_ms = time_now_ms(); /* another replica goes on */
    if (!save(e, row, &m)) return false;
    fault_hit(step->saved);
    if (row->kind == SAGA_ATTEMPT) waiters_tell(e->payment->waiters, (const struct attempt *)(const void *)row);
    return !m.rest && m.due_ms == 0;
}

/* As far as the row goes on this pool. */
static void drive(struct pool *pool, struct job *job) {
    struct saga_engine *e = pool->engine;
    for (bool more = true; more;) {
        struct saga *row = job->row;
        const struct saga_step *step = saga_step_of(row->kind, row->state);
        struct pool *next = pool_of(e, row);
        if (step == NULL || row->lease_until_ms <= time_now_ms()) break;
        if (next != pool) {
            pool_push(next, job);
            return;
        }
        fault_hit("payment.lease.stall");
        more = take_step(e, job, step);
    }
    job_free(job);
}

static void *pool_main(void *arg) {
    struct pool *p = arg;
    struct job *job;
    while ((job = pool_pop(p)) != NULL) drive(p, job);
    return NULL;
}

/* ---- the reconciler ---- */

static void claim(struct saga_engine *e, enum saga_kind kind) {
    struct saga **rows = NULL;
    size_t n = CLAIM_BATCH;
    while (n == CLAIM_BATCH && atomic_load(&e->queued) < QUEUE_ENOUGH && !atomic_load(&e->stopping)) {
        arena_reset(e->arena);
        if (saga_store_claim(e->db, e->arena, kind, e->conf.owner, e->conf.lease_seconds, CLAIM_BATCH, &rows, &n) !=
            DB_OK)
            return; /* db.c has told; the next round tries again */
        if (n > 0) fault_hit("payment.claim.after");
        for (size_t i = 0; i < n; i++) saga_submit(e, rows[i]);
    }
}

static void rest_until(struct saga_engine *e, int64_t mono_ms) {
    pthread_mutex_lock(&e->lock);
    while (!e->nudged && cond_wait_until(&e->wake, &e->lock, mono_ms)) {}
    e->nudged = false;
    pthread_mutex_unlock(&e->lock);
}

static void *reconciler_main(void *arg) {
    struct saga_engine *e = arg;
    bool mine = false; /* what an earlier life left behind is free again */
    while (!atomic_load(&e->stopping)) {
        int64_t next = time_mono_ms() + CLAIM_EVERY_MS;
        if (!mine) {
            arena_reset(e->arena);
            mine = saga_store_take_back(e->db, e->arena, e->conf.owner) == DB_OK;
        }
        for (int kind = 0; kind < SAGA_KINDS && mine; kind++) claim(e, (enum saga_kind)kind);
        rest_until(e, next);
    }
    return NULL;
}

void saga_nudge(struct saga_engine *e) {
    pthread_mutex_lock(&e->lock);
    e->nudged = true;
    pthread_cond_signal(&e->wake);
    pthread_mutex_unlock(&e->lock);
}

/* ---- life ---- */

static void name_metrics(struct saga_engine *e) {
    e->stolen = metric_get(METRIC_COUNTER, "payment_leases_lost_total", "", "Steps whose row somebody else had moved");
    for (int kind = 0; kind < SAGA_KINDS; kind++) {
        const struct saga_steps *s = &saga_steps[kind];
        if (s->n > STEPS_MAX) abort();
        for (size_t i = 0; i < s->n; i++) {
            char labels[96];
            snprintf(labels, sizeof labels, "saga=\"%s\",state=\"%s\"", saga_kind_name((enum saga_kind)kind),
                     s->step[i].state);
            e->seconds[kind][i] = metric_get(METRIC_HISTOGRAM, "payment_step_seconds", labels,
                                             "Time of a step with its outside calls, without its save");
        }
    }
}

static bool pool_start(struct saga_engine *e, enum saga_pool id) {
    struct pool *p = &e->pool[id];
    int n = e->conf.threads[id];
    p->engine = e;
    p->id = id;
    p->end = &p->first;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->filled, NULL);
    p->threads = calloc((size_t)n, sizeof *p->threads);
    if (p->threads == NULL) return false;
    for (; p->n_threads < n; p->n_threads++)
        if (pthread_create(&p->threads[p->n_threads], NULL, pool_main, p) != 0) return false;
    return true;
}

static void pool_stop(struct pool *p) {
    pthread_mutex_lock(&p->lock);
    p->stop = true;
    pthread_cond_broadcast(&p->filled);
    pthread_mutex_unlock(&p->lock);
    for (int i = 0; i < p->n_threads; i++) pthread_join(p->threads[i], NULL);
}

/* Rows still queued keep their lease, which a restarted replica takes back and others wait for. */
static void pool_free(struct pool *p) {
    for (struct job *job = p->first, *next; job != NULL; job = next) {
        next = job->next;
        job_free(job);
    }
    free(p->threads);
    pthread_cond_destroy(&p->filled);
    pthread_mutex_destroy(&p->lock);
}

struct saga_engine *saga_engine_start(struct payment *p, const struct saga_conf *conf, struct db *db) {
    struct saga_engine *e = calloc(1, sizeof *e);
    if (e == NULL) return NULL;
    e->payment = p;
    e->conf = *conf;
    e->db = db;
    pthread_mutex_init(&e->lock, NULL);
    cond_init_monotonic(&e->wake);
    name_metrics(e);
    retry_first_ms = conf->retry_first_ms;
    p->engine = e; /* the first step may submit the next row */
    bool good = (e->arena = arena_new(CLAIM_ARENA_MAX)) != NULL && db != NULL;
    for (int id = 0; id < SAGA_POOLS; id++) good = pool_start(e, (enum saga_pool)id) && good;
    if (good) good = e->running = pthread_create(&e->thread, NULL, reconciler_main, e) == 0;
    if (good) return e;
    log_error("engine of payments cannot start");
    saga_engine_stop(&p->engine);
    return NULL;
}

void saga_engine_stop(struct saga_engine **ep) {
    struct saga_engine *e = *ep;
    if (e == NULL) return;
    atomic_store(&e->stopping, 1);
    saga_nudge(e);
    if (e->running) pthread_join(e->thread, NULL);
    for (int id = 0; id < SAGA_POOLS; id++) pool_stop(&e->pool[id]);
    for (int id = 0; id < SAGA_POOLS; id++) pool_free(&e->pool[id]);
    pthread_cond_destroy(&e->wake);
    pthread_mutex_destroy(&e->lock);
    arena_free(&e->arena);
    db_close(&e->db);
    free(e);
    *ep = NULL;
}

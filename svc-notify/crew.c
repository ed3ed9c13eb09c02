#include "crew.h"
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include "common/arena.h"
#include "common/daemon.h"
#include "common/db.h"
#include "common/log.h"
#include "common/timeutil.h"

#define ARENA_MAX ((size_t)64 * 1024 * 1024) /* a thousand messages and what the provider says of them */
#define TIMEOUT_MS 10000
#define HANDS_MAX 128

struct member {
    struct hand hand;
    struct job job;
    struct crew *crew;
    pthread_t thread;
    bool running;
};
struct crew {
    pthread_mutex_t lock; /* guards stop */
    pthread_cond_t wake;
    bool stop;
    struct member members[HANDS_MAX];
    size_t n;
};

/* True: go on. */
static bool rest(struct crew *c, int64_t ms) {
    int64_t mono_ms = time_mono_ms() + ms;
    struct timespec at = {mono_ms / 1000, mono_ms % 1000 * 1000000};
    pthread_mutex_lock(&c->lock);
    while (!c->stop && ms > 0 && pthread_cond_timedwait(&c->wake, &c->lock, &at) == 0)
        ;
    bool stop = c->stop;
    pthread_mutex_unlock(&c->lock);
    return !stop;
}

static void *member_main(void *arg) {
    struct member *m = arg;
    int64_t pause = 0;
    while (rest(m->crew, pause)) {
        arena_reset(m->hand.arena);
        pause = m->job.round(&m->hand) ? 0 : m->job.every_ms;
    }
    return NULL;
}

static bool hire(struct crew *c, struct daemon *d, const struct job *job) {
    if (c->n == HANDS_MAX) return false;
    struct member *m = &c->members[c->n++];
    *m = (struct member){
        .hand = {.notify = daemon_get_state(d), .db = daemon_db(d, TIMEOUT_MS), .arena = arena_new(ARENA_MAX)},
        .job = *job,
        .crew = c};
    if (m->hand.db == NULL || m->hand.arena == NULL) return false;
    m->running = pthread_create(&m->thread, NULL, member_main, m) == 0;
    return m->running;
}

struct crew *crew_start(struct daemon *d, const struct job *jobs, size_t n) {
    struct crew *c = calloc(1, sizeof *c);
    pthread_condattr_t monotonic;
    bool good = true;
    if (c == NULL) return NULL;
    pthread_mutex_init(&c->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&c->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    for (size_t i = 0; i < n; i++)
        for (int k = 0; k < jobs[i].threads && good; k++) good = hire(c, d, &jobs[i]);
    if (!good) {
        log_error("threads cannot start");
        crew_stop(&c);
    }
    return c;
}

void crew_stop(struct crew **cp) {
    struct crew *c = *cp;
    if (c == NULL) return;
    pthread_mutex_lock(&c->lock);
    c->stop = true;
    pthread_cond_broadcast(&c->wake);
    pthread_mutex_unlock(&c->lock);
    for (size_t i = 0; i < c->n; i++) {
        if (c->members[i].running) pthread_join(c->members[i].thread, NULL);
        arena_free(&c->members[i].hand.arena);
        db_close(&c->members[i].hand.db);
    }
    pthread_cond_destroy(&c->wake);
    pthread_mutex_destroy(&c->lock);
    free(c);
    *cp = NULL;
}

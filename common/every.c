#include "every.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "timeutil.h"

struct every {
    int64_t ms;
    bool (*run)(void *arg);
    void *arg;
    pthread_t thread;
    pthread_mutex_t lock; /* guards stop */
    pthread_cond_t wake;
    bool stop;
};

/* False: time to end. */
static bool rest(struct every *e, int64_t ms) {
    int64_t at = time_mono_ms() + ms;
    const struct timespec until = {at / 1000, at % 1000 * 1000000};
    pthread_mutex_lock(&e->lock);
    while (!e->stop && pthread_cond_timedwait(&e->wake, &e->lock, &until) == 0) {}
    bool go_on = !e->stop;
    pthread_mutex_unlock(&e->lock);
    return go_on;
}

static void *main_of(void *arg) {
    struct every *e = arg;
    int64_t pause = e->ms;
    while (rest(e, pause)) pause = e->run(e->arg) ? 0 : e->ms;
    return NULL;
}

struct every *every_start(int64_t ms, bool (*run)(void *arg), void *arg) {
    struct every *e = calloc(1, sizeof *e);
    pthread_condattr_t attr;
    if (!e) return NULL;
    e->ms = ms;
    e->run = run;
    e->arg = arg;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&e->wake, &attr);
    pthread_condattr_destroy(&attr);
    pthread_mutex_init(&e->lock, NULL);
    if (pthread_create(&e->thread, NULL, main_of, e) == 0) return e;
    pthread_cond_destroy(&e->wake);
    pthread_mutex_destroy(&e->lock);
    free(e);
    return NULL;
}

void every_stop(struct every **ep) {
    struct every *e = *ep;
    if (!e) return;
    pthread_mutex_lock(&e->lock);
    e->stop = true;
    pthread_cond_signal(&e->wake);
    pthread_mutex_unlock(&e->lock);
    pthread_join(e->thread, NULL);
    pthread_cond_destroy(&e->wake);
    pthread_mutex_destroy(&e->lock);
    free(e);
    *ep = NULL;
}

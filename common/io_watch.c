#include "io_watch.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "timeutil.h"

#define PERIOD_MS 100
#define SIG_INTERRUPT SIGUSR2

struct io_watch {
    pthread_t thread;
    atomic_bool stop;
    pthread_mutex_t lock; /* held while signalling: no thread can end meanwhile */
    struct io_limit *limits;
};

void io_limit_set(struct io_limit *l, int64_t ms) {
    atomic_store_explicit(&l->until, time_mono_ms() + ms, memory_order_relaxed);
}

void io_limit_lift(struct io_limit *l) { atomic_store_explicit(&l->until, 0, memory_order_relaxed); }

bool io_limit_over(const struct io_limit *l) {
    int64_t until = atomic_load_explicit(&l->until, memory_order_relaxed);
    return until && time_mono_ms() >= until;
}

static void on_interrupt(int sig) { (void)sig; /* to interrupt is all it is for */ }

static void *watch(void *arg) {
    struct io_watch *w = arg;
    const struct timespec period = {.tv_nsec = PERIOD_MS * 1000000L};
    while (!atomic_load(&w->stop)) {
        nanosleep(&period, NULL);
        pthread_mutex_lock(&w->lock);
        for (const struct io_limit *l = w->limits; l; l = l->next)
            if (io_limit_over(l)) pthread_kill(l->thread, SIG_INTERRUPT);
        pthread_mutex_unlock(&w->lock);
    }
    return NULL;
}

struct io_watch *io_watch_start(void) {
    struct io_watch *w = calloc(1, sizeof *w);
    if (!w) return NULL;
    struct sigaction act = {.sa_handler = on_interrupt}; /* without SA_RESTART */
    sigaction(SIG_INTERRUPT, &act, NULL);
    pthread_mutex_init(&w->lock, NULL);
    if (pthread_create(&w->thread, NULL, watch, w) == 0) return w;
    pthread_mutex_destroy(&w->lock);
    free(w);
    return NULL;
}

void io_watch_stop(struct io_watch **w) {
    if (!*w) return;
    atomic_store(&(*w)->stop, true);
    pthread_join((*w)->thread, NULL);
    pthread_mutex_destroy(&(*w)->lock);
    free(*w);
    *w = NULL;
}

void io_watch_join(struct io_watch *w, struct io_limit *l) {
    l->thread = pthread_self();
    io_limit_lift(l);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIG_INTERRUPT);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    pthread_mutex_lock(&w->lock);
    l->next = w->limits;
    w->limits = l;
    pthread_mutex_unlock(&w->lock);
}

void io_watch_leave(struct io_watch *w, struct io_limit *l) {
    pthread_mutex_lock(&w->lock);
    struct io_limit **p = &w->limits;
    while (*p && *p != l) p = &(*p)->next;
    if (*p) *p = l->next;
    pthread_mutex_unlock(&w->lock);
}

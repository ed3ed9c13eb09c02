/* patience - see patience.h. */
#include "patience.h"
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

struct patience {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned generation;
    bool ended;
};

struct patience *patience_open(void) {
    struct patience *p = calloc(1, sizeof *p);
    if (p == NULL) return NULL;
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->changed, &attr);
    pthread_condattr_destroy(&attr);
    return p;
}

void patience_close(struct patience **p) {
    if (*p == NULL) return;
    pthread_cond_destroy(&(*p)->changed);
    pthread_mutex_destroy(&(*p)->lock);
    free(*p);
    *p = NULL;
}

void patience_wait(struct patience *p, int64_t ms) {
    struct timespec until;
    if (ms <= 0) return;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&p->lock);
    unsigned generation = p->generation;
    int rc = 0;
    while (rc == 0 && !p->ended && p->generation == generation)
        rc = pthread_cond_timedwait(&p->changed, &p->lock, &until);
    pthread_mutex_unlock(&p->lock);
}

static void wake(struct patience *p, bool end) {
    pthread_mutex_lock(&p->lock);
    p->generation++;
    p->ended = p->ended || end;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
}

void patience_interrupt(struct patience *p) { wake(p, false); }
void patience_end(struct patience *p) { wake(p, true); }

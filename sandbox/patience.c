/* patience - see patience.h. */
#include "patience.h"
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include "common/cond.h"
#include "common/timeutil.h"

struct patience {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned generation;
    bool ended;
};

struct patience *patience_open(void) {
    struct patience *p = calloc(1, sizeof *p);
    if (p == NULL) return NULL;
    pthread_mutex_init(&p->lock, NULL);
    cond_init_monotonic(&p->changed);
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
    if (ms <= 0) return;
    int64_t until = time_mono_ms() + ms;
    pthread_mutex_lock(&p->lock);
    unsigned generation = p->generation;
    while (!p->ended && p->generation == generation && cond_wait_until(&p->changed, &p->lock, until)) {}
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

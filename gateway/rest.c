/* rest - see rest.h. */
#include "rest.h"
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include "common/timeutil.h"

struct rest {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* waits by the monotonic clock */
    bool over;
};

struct rest *rest_open(void) {
    struct rest *r = calloc(1, sizeof *r);
    pthread_condattr_t monotonic;
    if (r == NULL) return NULL;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return r;
}

bool rest_for(struct rest *r, int64_t ms) {
    int64_t until = time_mono_ms() + ms;
    const struct timespec at = {.tv_sec = (time_t)(until / 1000), .tv_nsec = (long)(until % 1000) * 1000000};
    pthread_mutex_lock(&r->lock);
    for (int rc = 0; !r->over && rc != ETIMEDOUT;) rc = pthread_cond_timedwait(&r->changed, &r->lock, &at);
    bool going = !r->over;
    pthread_mutex_unlock(&r->lock);
    return going;
}

void rest_over(struct rest *r) {
    pthread_mutex_lock(&r->lock);
    r->over = true;
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
}

void rest_close(struct rest **r) {
    if (*r == NULL) return;
    pthread_cond_destroy(&(*r)->changed);
    pthread_mutex_destroy(&(*r)->lock);
    free(*r);
    *r = NULL;
}

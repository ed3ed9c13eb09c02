#include "rest.h"

#include <stdlib.h>

#include "cond.h"
#include "timeutil.h"

struct rest {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned interrupts;
    bool over;
};

struct rest *rest_open(void) {
    struct rest *r = calloc(1, sizeof *r);
    if (r == NULL) return NULL;
    pthread_mutex_init(&r->lock, NULL);
    cond_init_monotonic(&r->changed);
    return r;
}

bool rest_until(struct rest *r, int64_t mono_ms) {
    pthread_mutex_lock(&r->lock);
    unsigned interrupts = r->interrupts;
    while (!r->over && r->interrupts == interrupts && cond_wait_until(&r->changed, &r->lock, mono_ms)) {}
    bool going = !r->over;
    pthread_mutex_unlock(&r->lock);
    return going;
}

bool rest_for(struct rest *r, int64_t ms) { return rest_until(r, time_mono_ms() + ms); }

static void wake(struct rest *r, bool over) {
    pthread_mutex_lock(&r->lock);
    r->interrupts++;
    r->over |= over;
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
}

void rest_interrupt(struct rest *r) { wake(r, false); }

void rest_over(struct rest *r) { wake(r, true); }

void rest_close(struct rest **r) {
    if (*r == NULL) return;
    pthread_cond_destroy(&(*r)->changed);
    pthread_mutex_destroy(&(*r)->lock);
    free(*r);
    *r = NULL;
}

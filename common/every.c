#include "every.h"

#include <pthread.h>
#include <stdlib.h>

#include "rest.h"

struct every {
    int64_t ms;
    bool (*run)(void *arg);
    void *arg;
    pthread_t thread;
    struct rest *rest;
};

static void *main_of(void *arg) {
    struct every *e = arg;
    int64_t pause = e->ms;
    while (rest_for(e->rest, pause)) pause = e->run(e->arg) ? 0 : e->ms;
    return NULL;
}

struct every *every_start(int64_t ms, bool (*run)(void *arg), void *arg) {
    struct every *e = calloc(1, sizeof *e);
    if (!e) return NULL;
    *e = (struct every){.ms = ms, .run = run, .arg = arg, .rest = rest_open()};
    if (e->rest && pthread_create(&e->thread, NULL, main_of, e) == 0) return e;
    rest_close(&e->rest);
    free(e);
    return NULL;
}

void every_stop(struct every **ep) {
    struct every *e = *ep;
    if (!e) return;
    rest_over(e->rest);
    pthread_join(e->thread, NULL);
    rest_close(&e->rest);
    free(e);
    *ep = NULL;
}

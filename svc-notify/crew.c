#include "crew.h"
#include <pthread.h>
#include <stdlib.h>
#include "common/arena.h"
#include "common/daemon.h"
#include "common/db.h"
#include "common/log.h"
#include "common/rest.h"

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
    struct rest *rest;
    struct member members[HANDS_MAX];
    size_t n;
};

static void *member_main(void *arg) {
    struct member *m = arg;
    int64_t pause = 0;
    while (rest_for(m->crew->rest, pause)) {
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
    if (c == NULL) return NULL;
    bool good = (c->rest = rest_open()) != NULL;
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
    if (c->rest != NULL) rest_over(c->rest);
    for (size_t i = 0; i < c->n; i++) {
        if (c->members[i].running) pthread_join(c->members[i].thread, NULL);
        arena_free(&c->members[i].hand.arena);
        db_close(&c->members[i].hand.db);
    }
    rest_close(&c->rest);
    free(c);
    *cp = NULL;
}

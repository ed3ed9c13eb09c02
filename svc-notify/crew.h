/* crew - the threads of svc-notify that look for work in the database, each with its own connection and memory. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct daemon;
struct db;
struct notify;

struct hand { /* one thread */
    struct notify *notify;
    struct db *db;
    struct arena *arena; /* of one round */
};
struct job {
    const char *name;
    int threads;
    int64_t every_ms;              /* between two rounds that found nothing to do */
    bool (*round)(struct hand *h); /* true: there may be more, go on at once */
};
struct crew;
/* NULL: cannot start. The jobs are copied. */
struct crew *crew_start(struct daemon *d, const struct job *jobs, size_t n);
void crew_stop(struct crew **c);

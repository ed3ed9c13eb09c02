/* sweeper - see sweeper.h. */
#include "sweeper.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include "common/arena.h"
#include "common/timeutil.h"
#include "common/rest.h"
#include "changes.h"
#include "sandbox.h"

#define ROUND_MS 100
#define AT_ONCE 200 /* in one stay inside the book */
#define ARENA_BYTES ((size_t)1024 * 1024)

struct sweeper {
    struct sandbox *sb;
    pthread_t thread;
    atomic_bool stop;
};

/* How many were expired. Payments of one status wait in the order of their deadlines. */
static int sweep(struct sandbox *sb, struct arena *a, enum payment_status status) {
    struct cause cause = {.sb = sb, .arena = a, .now = time_now_ms(), .target = ""};
    int n = 0;
    book_enter(sb->book);
    for (struct payment *p; n < AT_ONCE && (p = book_first_open(sb->book, status)) != NULL; n++) {
        if (cause.now < payment_deadline(p, &sb->clock)) break;
        change_expire(&cause, p);
        arena_reset(a);
    }
    book_leave(sb->book);
    return n;
}

static void *run(void *arg) {
    struct sweeper *s = arg;
    struct arena *a = arena_new(ARENA_BYTES);
    if (a == NULL) abort();
    while (!atomic_load(&s->stop)) {
        int n = sweep(s->sb, a, PAYMENT_READY) + sweep(s->sb, a, PAYMENT_IN_PROGRESS);
        if (n < AT_ONCE) rest_for(s->sb->rest, ROUND_MS);
    }
    arena_free(&a);
    return NULL;
}

struct sweeper *sweeper_start(struct sandbox *sb) {
    struct sweeper *s = calloc(1, sizeof *s);
    if (s == NULL) return NULL;
    s->sb = sb;
    if (pthread_create(&s->thread, NULL, run, s) != 0) {
        free(s);
        return NULL;
    }
    return s;
}

void sweeper_stop(struct sweeper **s) {
    if (*s == NULL) return;
    atomic_store(&(*s)->stop, true);
    pthread_join((*s)->thread, NULL);
    free(*s);
    *s = NULL;
}

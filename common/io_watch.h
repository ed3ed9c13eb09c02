/* io_watch - time limits for blocking I/O inside a library that limits single calls, not their sum, and hides its socket.
 *
 * A thread notes until when its I/O may take. When that is over the watcher sends it a signal, again and again until the
 * limit is lifted, so none can be lost: poll() in the library then fails with EINTR, as on a broken connection. */
#pragma once
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct io_limit { /* one per thread, embedded in what the thread owns */
    struct io_limit *next;
    pthread_t thread;
    _Atomic int64_t until; /* monotonic ms; 0: none */
};

struct io_watch;
struct io_watch *io_watch_start(void);
/* After every thread has left. */
void io_watch_stop(struct io_watch **w);
/* By the thread itself, at its start and before its end. */
void io_watch_join(struct io_watch *w, struct io_limit *l);
void io_watch_leave(struct io_watch *w, struct io_limit *l);

void io_limit_set(struct io_limit *l, int64_t ms);
void io_limit_lift(struct io_limit *l);
bool io_limit_over(const struct io_limit *l); /* false without a limit */

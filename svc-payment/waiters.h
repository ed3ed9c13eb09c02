/* waiters - requests that are parked until their attempt has come far enough. Whoever drives an attempt in this process tells
 * of every move; of attempts that another replica drives the rows are polled, all in one statement.
 *
 * Pure but for its lock: the clock is a parameter. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct attempt;
struct bus_req;
struct payment;
struct waiters;

struct waiter_kind {
    /* True: the attempt has come far enough. Called under the lock. */
    bool (*ready)(const struct attempt *at);
    /* Answers the request, exactly once; `at` is NULL when the time is over. */
    void (*answer)(struct payment *p, struct bus_req *req, const struct attempt *at);
};

struct waiters *waiters_new(struct payment *p);
void waiters_free(struct waiters **w); /* whoever still waits is answered as when the time is over */
/* Parks the request until `until_ms`. `driven_here`: news come by waiters_tell(), so the row is polled only now and then.
 * False: no memory, the request is still the caller's. */
bool waiters_add(struct waiters *w, int64_t attempt, const struct waiter_kind *kind, struct bus_req *req,
                 bool driven_here, int64_t now_ms, int64_t until_ms);
void waiters_tell(struct waiters *w, const struct attempt *at);
/* Answers whose time is over. */
void waiters_late(struct waiters *w, int64_t now_ms);
/* Row ids to be looked at now, each once; at most `max`. */
size_t waiters_polled(struct waiters *w, int64_t now_ms, int64_t *ids, size_t max);

/* login - how failed tries lock an account. Pure. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define LOGIN_FREE_FAILURES 4 /* the next one locks */
#define LOGIN_FORGET_MS (24 * 3600 * 1000LL)

/* Of a name, there or not. A try counts as failed until it has succeeded: many at once are no more than as many in a row. */
struct login_tries {
    int64_t failures, last_ms, locked_until_ms; /* 0: not locked */
};
/* Seconds that so many failures in a row lock for: none, 1 minute, then twice as long each time, at most an hour. */
int64_t login_lock_seconds(int64_t failures);
/* Whole seconds until the next try is allowed; 0: now. */
int64_t login_locked_for(const struct login_tries *t, int64_t now_ms);
/* One try more. */
struct login_tries login_try_next(const struct login_tries *t, int64_t now_ms);

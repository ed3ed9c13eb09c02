/* redis - the only user of hiredis. One struct redis = one connection = one thread. All connections of a process share one
 * breaker: a single time-out or refused connection opens it for 1 s, calls then fail at once, one probe per second closes it. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct redis;
enum redis_rc {
    REDIS_OK_RC,
    REDIS_DOWN, /* breaker open, time-out, connection lost: outcome unknown */
    REDIS_FAULT /* error reply */
};

struct redis *redis_open(const char *url, int timeout_ms);
void redis_close(struct redis **r);

/* A Lua script known by its source; run with EVALSHA, loaded on NOSCRIPT. */
struct redis_script {
    const char *name;
    const char *source;
};
struct redis_argv {
    const char *data;
    size_t len;
};
/* Runs a script whose reply is an array of integers (or one integer). `keys` first `nkeys` of argv. Fills up to `max`
 * values, *n with how many. */
enum redis_rc redis_run(struct redis *r, const struct redis_script *s, int nkeys, const struct redis_argv *argv,
                        int argc, int64_t *out, size_t max, size_t *n);

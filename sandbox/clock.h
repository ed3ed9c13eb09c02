/* clock - the one source of time. Instants are real, so that they agree with everybody else's; what is scaled are the limits
 * (SANDBOX_TIME_SCALE): with 60 a payment window lives 30 seconds instead of 30 minutes. */
#pragma once
#include <stdint.h>

#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)

struct clock {
    int64_t scale; /* >= 1 */
};

/* How long `ms` of Toss's time take here; at least 1 ms. */
static inline int64_t clock_limit(const struct clock *c, int64_t ms) { return ms / c->scale > 0 ? ms / c->scale : 1; }

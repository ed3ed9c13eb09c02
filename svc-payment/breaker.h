/* breaker - a circuit breaker: stops calling who fails all the time, and tries again one call at a time. Pure: the
 * clock is a parameter, the lock the caller's.
 *
 * Closed: everything passes. After `failures` failures without a success between them it opens: nothing passes but one
 * probe every `open_ms`. Any success closes it, also that of a call sent before. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct breaker {
    int64_t failures, open_ms; /* thresholds, both > 0 */
    int64_t in_a_row;
    int64_t probe_at_ms; /* when the next probe may pass; 0: closed */
};

/* May a call be sent now? Its result should be noted. */
bool breaker_admits(struct breaker *b, int64_t now_ms);
/* True: this result opened or closed the circuit. */
bool breaker_note(struct breaker *b, bool success, int64_t now_ms);
/* Not while a probe is due or under way: nobody knows yet. */
bool breaker_is_closed(const struct breaker *b);

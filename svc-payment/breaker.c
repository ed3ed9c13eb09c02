#include "breaker.h"

bool breaker_is_closed(const struct breaker *b) { return b->probe_at_ms == 0; }

/* A probe whose result takes its time does not keep the next one from being sent. */
bool breaker_admits(struct breaker *b, int64_t now_ms) {
    if (breaker_is_closed(b)) return true;
    if (now_ms < b->probe_at_ms) return false;
    b->probe_at_ms = now_ms + b->open_ms;
    return true;
}

bool breaker_note(struct breaker *b, bool success, int64_t now_ms) {
    bool was_closed = breaker_is_closed(b);
    if (success) {
        b->in_a_row = 0;
        b->probe_at_ms = 0;
        return !was_closed;
    }
    if (!was_closed || ++b->in_a_row < b->failures) return false;
    b->probe_at_ms = now_ms + b->open_ms;
    return true;
}

/* idempotency - the answer to a call is kept under its key and repeated byte by byte (Toss reference, Idempotency-Key).
 *
 * The identity is key + API key + method + address; the body is no part of it. 4xx answers are kept too; 5xx and 429 are not,
 * so that such a call may be tried again under its key. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IDEMPOTENCY_KEY_MAX 300

struct arena;
struct idempotency;

enum idempotency_verdict { IDEMPOTENCY_NEW /* execute, then call finish */, IDEMPOTENCY_RUNNING, IDEMPOTENCY_DONE };
struct kept_answer {
    int status;
    const char *body;
    size_t len;
};

/* Keeps at most `max` answers, each for `keep_ms`; the oldest give way. */
struct idempotency *idempotency_open(size_t max, int64_t keep_ms);
void idempotency_close(struct idempotency **i);
void idempotency_clear(struct idempotency *i);
/* IDEMPOTENCY_DONE: the answer is copied into the arena. */
enum idempotency_verdict idempotency_begin(struct idempotency *i, const char *identity, int64_t now, struct arena *a,
                                           struct kept_answer *answer);
/* Puts back an answer that was written down. */
void idempotency_restore(struct idempotency *i, const char *identity, int64_t first_used,
                         const struct kept_answer *answer);
/* Calls `visit` with each finished answer, oldest first. */
void idempotency_each(struct idempotency *i,
                      void (*visit)(void *arg, const char *identity, int64_t first_used, const struct kept_answer *a),
                      void *arg);
/* True: the answer is kept; else the call is forgotten (5xx, or status 0: no answer at all). */
bool idempotency_finish(struct idempotency *i, const char *identity, const struct kept_answer *answer);

/* steps_attempt_int - what the steps of an attempt share: how they end, and what the provider's answers mean for it. */
#pragma once
#include <stdbool.h>
#include "attempt.h"
#include "provider.h"

struct arena;
struct payment;

static inline struct attempt *attempt_of(struct saga *row) { return (struct attempt *)(void *)row; }

/* ---- how a step ends ---- */
/* To "failed" or "refused". `code` NULL: none was given. */
void attempt_fail(struct attempt *at, struct saga_move *m, const char *to, const char *code, const char *message);
/* A person has to look. */
void attempt_stuck(struct attempt *at, struct saga_move *m, const char *code);
/* Nobody shall pay into its account any more. */
void attempt_close(struct attempt *at, struct saga_move *m, const char *why);

/* ---- the provider's answers ---- */
void attempt_look_up(struct payment *p, struct arena *a, struct attempt *at, struct call_result *r);
/* One call's idempotency key. */
const char *attempt_key(struct arena *a, const char *call, const struct attempt *at);
/* An error that was answered sticks to its key for days; a call without an answer is repeated under the same. */
void attempt_renew_key(struct attempt *at, const struct call_result *r);
/* It is ours, and of our amount: nobody pays one won for a ticket by confirming another payment. */
bool attempt_is_ours(const struct attempt *at, const struct money *money);
/* Of a payment that may have been confirmed. False: it is not decided yet. */
bool attempt_decide(struct payment *p, struct arena *a, struct attempt *at, const struct money *money,
                    struct saga_move *m);

#include <string.h>
#include "saga.h"
#include "steps_attempt.h"

#define STEP(saga, state, pool, run, next)                                                                             \
    {                                                                                                                  \
        state, pool, run, next, "payment." saga "." state ".before", "payment." saga "." state ".called",              \
            "payment." saga "." state ".saved"                                                                         \
    }
#define ATTEMPT(...) STEP("attempt", __VA_ARGS__)
#define REFUND(...) STEP("refund", __VA_ARGS__)

/* clang-format off */
static const struct saga_step attempt_steps[] = {
    ATTEMPT("opening",   POOL_CONFIRM, step_opening,   "the payment window is opened"),
    ATTEMPT("ready",     POOL_LOOK_UP, step_ready,     "the buyer is expected back"),
    ATTEMPT("beginning", POOL_CONFIRM, step_beginning, "booking is asked to hold the order"),
    ATTEMPT("sent",      POOL_CONFIRM, step_sent,      "the payment is confirmed, or looked up after an unknown outcome"),
    ATTEMPT("captured",  POOL_CONFIRM, step_captured,  "booking is told of the money"),
    ATTEMPT("issued",    POOL_CONFIRM, step_issued,    "booking is told of the account"),
    ATTEMPT("waiting",   POOL_LOOK_UP, step_waiting,   "the account is looked at for its deposit"),
    ATTEMPT("closing",   POOL_CANCEL,  step_closing,   "the account is closed"),
    ATTEMPT("refused",   POOL_CONFIRM, step_refused,   "booking is told that no money came"),
    ATTEMPT("paid",      POOL_LOOK_UP, step_paid,      "the payment is looked up again"),
    ATTEMPT("reversing", POOL_CONFIRM, step_reversing, "booking is told that the deposit was taken back"),
    ATTEMPT("failed",    POOL_LOOK_UP, step_failed,    "the payment is looked up again, for late money"),
    ATTEMPT("returning", POOL_LOOK_UP, step_nothing,   "the money goes back by its refund"),
    ATTEMPT("returned",  POOL_LOOK_UP, step_nothing,   "the money is back"),
};

/* clang-format on */

#define TABLE(steps)                                                                                                   \
    { steps, sizeof steps / sizeof *steps }
const struct saga_steps saga_steps[SAGA_KINDS] = {
    [SAGA_ATTEMPT] = TABLE(attempt_steps),
};

const struct saga_step *saga_step_of(enum saga_kind kind, const char *state) {
    const struct saga_steps *s = &saga_steps[kind];
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->step[i].state, state) == 0) return &s->step[i];
    return NULL;
}

const char *saga_kind_name(enum saga_kind kind) { return kind == SAGA_ATTEMPT ? "attempt" : "refund"; }

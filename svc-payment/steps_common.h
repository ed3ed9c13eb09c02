/* steps_common - what the steps of attempts and refunds have in common. */
#pragma once
#include <stdbool.h>
#include "common/status.h"
#include "provider.h"
#include "saga.h"

static inline void go(struct saga_move *m, const char *to) { *m = (struct saga_move){.to = to}; }
/* Booking could not be asked, or its answer is not known. */
static inline bool is_later(enum status st) { return st == ST_BUSY || st == ST_OUTCOME_UNKNOWN; }
bool circuit_is_open(const struct call_result *r);
/* The provider's call decided nothing: again later, by the schedule; soon after the circuit has closed. */
void call_later(const struct saga *row, const struct call_result *r, struct saga_move *m);
/* The provider has the money, or had it until it was given back. False of an account that waits, or was closed, and of a deposit
 * that the bank took back. */
bool money_came(const struct money *m);

/* audit_check_store - the checks of payment-audit: what we hold is in one place, and booking, attempts, refunds and ledger say the
 * same. Run as the operator, for they look into booking's tables too. */
#pragma once
#include <stddef.h>
#include "common/db_check.h"

extern const struct db_check audit_checks[];
extern const size_t audit_n_checks;

/* Table moves: whether a state is left for another one. */
enum db_rc audit_check_moves(struct db *db, struct arena *a,
                             void (*state)(void *arg, const char *saga, const char *state, bool is_left), void *arg);

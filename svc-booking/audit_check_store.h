/* audit_check_store - the checks of booking-audit, all in one snapshot: whatever is stored twice must agree. */
#pragma once
#include <stddef.h>
#include "common/db_check.h"
#include "booking.h"

extern const struct db_check audit_checks[];
extern const size_t audit_n_checks;

/* order_transitions, as words. */
enum db_rc audit_check_transitions(struct db *db, struct arena *a,
                                   void (*edge)(void *arg, const char *from, const char *to), void *arg);
enum db_rc audit_check_pools(struct db *db, struct arena *a, struct pool_change **pools, size_t *n);

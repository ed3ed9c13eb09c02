/* audit_check_store - the checks of booking-audit, all in one snapshot: whatever is stored twice must agree. */
#pragma once
#include <stddef.h>
#include "common/db.h"
#include "booking.h"

struct audit_check {
    const char *name;
    struct db_stmt stmt; /* a row of text per difference */
};
extern const struct audit_check audit_checks[];
extern const size_t audit_n_checks;

/* All checks of one snapshot happen between these two. */
enum db_rc audit_check_begin(struct db *db);
void audit_check_end(struct db *db);
/* Calls found() with each difference. */
enum db_rc audit_check_run(struct db *db, struct arena *a, const struct audit_check *check,
                           void (*found)(void *arg, const char *check, const char *what), void *arg);
/* order_transitions, as words. */
enum db_rc audit_check_transitions(struct db *db, struct arena *a,
                                   void (*edge)(void *arg, const char *from, const char *to), void *arg);
enum db_rc audit_check_pools(struct db *db, struct arena *a, struct pool_change **pools, size_t *n);

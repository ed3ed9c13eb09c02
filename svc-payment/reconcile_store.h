/* reconcile_store - what our books have for a day and for what the provider lists; the comparisons stored. */
#pragma once
#include "common/db.h"
#include "reconcile.h"
#include "scope.h"

/* Payments and cancels named by b->theirs, and those of [from, to) by the provider's clock. */
enum db_rc reconcile_store_load(struct db *db, struct arena *a, int64_t from_ms, int64_t to_ms, struct day_books *b);

struct comparison { /* of a day; differences is a JSON array */
    bool found;
    int64_t compared, run_ms;
    const char *differences;
};
/* The differences of these exhibitions; NULL: all. */
enum db_rc comparison_get(struct db *db, struct arena *a, const char *day, const int64_t *exhibitions, size_t n,
                          struct comparison *c);
enum db_rc comparison_exhibitions(struct db *db, struct arena *a, const char *day, struct exhibition_hint **hints,
                                  size_t *n);
enum db_rc comparison_put(struct db *db, struct arena *a, const char *day, int64_t compared, const char *differences);

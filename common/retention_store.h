/* retention_store - where the walks of retention.h stand: table retention_walks of the service's schema. */
#pragma once
#include <stdbool.h>
#include "db.h"

struct retention_walk {
    const char *rule;
    const int64_t *exhibitions; /* that are due; none: rows are due by their age */
    size_t n_exhibitions;
    int64_t before_ms;  /* rows from before this moment are due; 0: those of the exhibitions */
    int64_t again_days; /* after which a walk over exhibitions is begun anew */
    const char *place;  /* set by retention_store_begin(), moved by retention_store_page() */
};
/* Inside a transaction, in this order. Locks the walk; *under_way false: nothing can be due that the last one has not seen. */
enum db_rc retention_store_begin(struct db *db, struct arena *a, struct retention_walk *walk, bool *under_way);
enum db_rc retention_store_page(struct db *db, struct arena *a, const struct db_stmt *rule, struct retention_walk *walk,
                                int64_t limit, int64_t *looked, int64_t *erased);
enum db_rc retention_store_move(struct db *db, struct arena *a, const struct retention_walk *walk, bool at_end);

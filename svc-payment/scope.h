/* scope - which exhibitions the caller may see. Payments know an exhibition by its id only, callers by its code, which may change:
 * booking is asked. */
#pragma once
#include "common/bus.h"
#include "common/db.h"

/* An exhibition, and an order of it by which booking can be asked for its code. */
struct exhibition_hint {
    int64_t id;
    const char *order_number;
};
/* Hints by a statement that gives (id, order number). */
enum db_rc scope_hints(struct db *db, struct arena *a, const struct db_stmt *stmt, const struct db_args *args,
                       struct exhibition_hint **hints, size_t *n);

bool scope_is_everything(const struct bus_req *req);
/* The ids among the hints that the caller may see. */
enum status scope_filter(struct worker *w, struct bus_req *req, const struct exhibition_hint *hints, size_t n,
                         const int64_t **ids, size_t *n_ids);

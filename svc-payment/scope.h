/* scope - which exhibitions the caller may see. Payments know an exhibition by its id only, callers by its code, which may change:
 * booking is asked. */
#pragma once
#include "common/bus.h"
#include "stuck_store.h"

bool scope_is_everything(const struct bus_req *req);
/* The ids among the hints that the caller may see. */
enum status scope_filter(struct worker *w, struct bus_req *req, const struct exhibition_hint *hints, size_t n,
                         const int64_t **ids, size_t *n_ids);

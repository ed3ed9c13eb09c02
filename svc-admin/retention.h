/* retention - runs of what every service erases by its rules (common/retention.h): daily, and when a superadmin asks for one.
 *
 * A run is a row: whoever holds its lease asks one service after the other for steps until there is none left. Where a service
 * is stands with that service, so another replica goes on with the run of one that died. */
#pragma once
#include "admin.h"
#include "common/db.h"
#include "retention_store.h"

extern const struct admin_part retention_part;

/* A run by the times that are set. `requested_by` 0: the clock. */
struct retention_run retention_run_by(const struct admin_config *c, int64_t requested_by);
/* The audit fact that a run was asked for, or has ended; inside the open transaction of `db`. */
enum db_rc retention_tell(struct db *db, const struct bus_req *req, const struct retention_run *run, bool ended);

/* sync_store - table scans, as an upload that comes again finds it. */
#pragma once
#include <stddef.h>
#include "common/db.h"
#include "sync.h"

/* What became of scans that are stored already: sets result, first and conflict of these rows, found by scan_id. Somebody whom the
 * device let in after we had refused them online, without its having heard of that, is a conflict from now on. */
enum db_rc sync_store_again(struct db *db, struct arena *a, struct sync_row *const *rows, size_t n);

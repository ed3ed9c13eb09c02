/* sync_store - table scans, as an upload that comes again finds it. */
#pragma once
#include <stddef.h>
#include "common/db.h"
#include "sync.h"

/* What became of scans that are stored already: sets result, first and conflict of these rows, found by scan_id of this scanner. */
enum db_rc sync_store_again(struct db *db, struct arena *a, const char *scanner, struct sync_row *const *rows,
                            size_t n);

/* history_store - the scans of an order, as staff see them beside the order. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/db.h"

struct history_scan { /* texts in the arena; NULL: none */
    const char *scan_id, *device_id, *verdict, *conflict, *undo_reason;
    int64_t at_ms, undone_ms, undone_by, ticket_id,
        admin_id; /* ticket 0: the code of the order; admin 0: an enrolled device */
    int64_t count, admitted;
    bool offline;
};
/* The newest 200, the oldest of them first. *exhibition_code is NULL when we have not heard of the order. */
enum db_rc history_store_of_order(struct db *db, struct arena *a, const char *order_number,
                                  const char **exhibition_code, struct history_scan **scans, size_t *n);

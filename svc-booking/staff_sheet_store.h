/* staff_sheet_store - what a sheet of orders tells beyond their rows. */
#pragma once
#include "staff_order_store.h"

/* Fills in what was ordered, what is left of it and what was paid back, inside the transaction that read the orders. Where the
 * names are too long for one page, *n becomes smaller and *more true. */
enum db_rc staff_sheet_fill(struct db *db, struct arena *a, struct staff_order *orders, size_t *n, bool *more);

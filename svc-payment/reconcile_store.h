/* reconcile_store - what our books have for a day and for the transactions that the provider lists. */
#pragma once
#include "common/db.h"
#include "reconcile.h"

/* Payments and cancels named by b->theirs, and those of [from, to) by the provider's clock. */
enum db_rc reconcile_store_load(struct db *db, struct arena *a, int64_t from_ms, int64_t to_ms, struct day_books *b);

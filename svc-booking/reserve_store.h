/* reserve_store - booking.reserve_orders(): a batch of orders in one call with its commit. */
#pragma once
#include "common/db.h"
#include "booking.h"
#include "order_wish.h"

/* Outside of a transaction. Each wish gets its outcome; *pools (in the arena) are those whose stock changed. */
enum db_rc reserve_store_commit(struct db *db, struct arena *a, struct order_wish *const *wish, size_t n,
                                struct pool_change **pools, size_t *n_pools);
/* The outcome of earlier effects of the wishes' keys, waiting for whoever is at work under them. ST_PARKED: there is none. */
enum db_rc reserve_store_find(struct db *db, struct arena *a, struct order_wish *const *wish, size_t n);

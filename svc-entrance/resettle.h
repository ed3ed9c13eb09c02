/* resettle - who is inside, once more, after tickets or claims of orders have changed. */
#pragma once
#include "order_store.h"

/* Orders locked and loaded by order_store_lock(); whatever comes out differently is saved. */
enum db_rc resettle(struct db *db, struct arena *a, struct gate_order *orders, size_t n);

/* refund_list_store - the refunds of an order, oldest first, in the arena. */
#pragma once
#include "common/db.h"
#include "refund.h"

enum db_rc refund_list_store_of_order(struct db *db, struct arena *a, const char *order_number,
                                      struct refund ***refunds, size_t *n);

/* order_store - tables orders, tickets, changes, scans, as struct gate_order. Whoever changes entries or refunds of tickets does it
 * under the lock of the order. */
#pragma once
#include "common/db.h"
#include "order_state.h"

/* Locks these orders in the open transaction, by ascending id however given, and loads them as they are then, by id; those that are
 * not known are left out. `ids` may repeat themselves. */
enum db_rc order_store_lock(struct db *db, struct arena *a, const int64_t *ids, size_t n, struct gate_order **orders,
                            size_t *n_orders);
/* Loads the claims of locked orders. */
enum db_rc order_store_claims(struct db *db, struct arena *a, struct gate_order *orders, size_t n);
/* Saves orders that are `changed`: entries and refunds of their tickets, outcome of their claims, the row of changes, and the fact that
 * somebody went in or out (event order.entered, entries_version). One statement. */
enum db_rc order_store_save(struct db *db, struct arena *a, struct gate_order *orders, size_t n);
/* NULL: not among them. */
struct gate_order *order_find(struct gate_order *orders, size_t n, int64_t id);
/* 0: no such order. Not locked. */
enum db_rc order_store_id(struct db *db, struct arena *a, const char *order_number, int64_t *id);

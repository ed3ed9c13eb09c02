/* facts_store - what booking and payment have told, and the orders whose messages depend on it. */
#pragma once
#include "common/db.h"
#include "common/events.h"
#include "plan.h"

/* One page of events at a time changes facts and messages, of whatever source: inside a transaction, before all else. */
enum db_rc facts_store_lock(struct db *db);
/* Takes the events whose version is higher than what was known. *orders: whose messages may change, sorted. */
enum db_rc facts_store_put(struct db *db, struct arena *a, const char *source, const struct event *e, size_t n,
                           const char *const **orders, size_t *n_orders);
/* Those of the orders that booking has told of, with all that is known about them. */
enum db_rc facts_store_load(struct db *db, struct arena *a, const char *const *orders, size_t n,
                            struct order_facts **facts, size_t *n_facts);

/* facts_store - what booking and payment have told, and the orders whose messages depend on it. */
#pragma once
#include "common/db.h"
#include "common/events.h"
#include "plan.h"

/* One page of events at a time changes facts and messages, of whatever source: inside a transaction, before all else. */
enum db_rc facts_store_lock(struct db *db);
/* Takes the events whose version is higher than what was known. *orders: those they are about, sorted. Others whose messages
 * may change (of an exhibition, say) are noted as outdated: there may be very many. */
enum db_rc facts_store_put(struct db *db, struct arena *a, const char *source, const struct event *e, size_t n,
                           const char *const **orders, size_t *n_orders);
/* Some of the orders whose messages are outdated, which they are no longer. */
enum db_rc facts_store_take_outdated(struct db *db, struct arena *a, int64_t limit, const char *const **orders,
                                     size_t *n_orders);
/* Those of the orders that booking has told of, with all that is known about them. */
enum db_rc facts_store_load(struct db *db, struct arena *a, const char *const *orders, size_t n,
                            struct order_facts **facts, size_t *n_facts);

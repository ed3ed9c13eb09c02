/* replan - the messages of orders as their facts stand now. */
#pragma once
#include <stdbool.h>
#include "common/db.h"

struct hand;

/* Inside a transaction that holds facts_store_lock(). */
enum db_rc replan(struct db *db, struct arena *a, const char *const *orders, size_t n);
/* A round of the crew: orders that share a fact which has changed. */
bool replan_round(struct hand *h);

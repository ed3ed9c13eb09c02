/* plan_store - what is planned becomes messages, and what is planned no longer is dropped unless it has been sent.
 * What is not told yet always has the words of now. */
#pragma once
#include "common/db.h"
#include "plan.h"

struct plan_of_order {
    const struct order_facts *facts;
    struct plan plan;
};
/* Inside a transaction that holds facts_store_lock(). */
enum db_rc plan_store_write(struct db *db, struct arena *a, const struct plan_of_order *plans, size_t n);

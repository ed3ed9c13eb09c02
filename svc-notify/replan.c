#include "replan.h"
#include "common/arena.h"
#include "crew.h"
#include "facts_store.h"
#include "plan_store.h"

#define AT_ONCE 500 /* while they are planned no event is applied */

enum db_rc replan(struct db *db, struct arena *a, const char *const *orders, size_t n) {
    struct order_facts *facts;
    size_t n_facts;
    enum db_rc rc = facts_store_load(db, a, orders, n, &facts, &n_facts);
    if (rc != DB_OK || n_facts == 0) return rc;
    struct plan_of_order *plans = arena_alloc(a, n_facts * sizeof *plans);
    if (plans == NULL) return DB_ERROR;
    for (size_t i = 0; i < n_facts; i++) {
        plans[i].facts = &facts[i];
        if (!plan_order(a, &facts[i], &plans[i].plan)) return DB_ERROR;
    }
    return plan_store_write(db, a, plans, n_facts);
}

bool replan_round(struct hand *h) {
    const char *const *orders;
    size_t n = 0;
    if (db_begin(h->db) != DB_OK) return false;
    enum db_rc rc = facts_store_lock(h->db);
    if (rc == DB_OK) rc = facts_store_take_outdated(h->db, h->arena, AT_ONCE, &orders, &n);
    if (rc == DB_OK && n > 0) rc = replan(h->db, h->arena, orders, n);
    if (rc == DB_OK) rc = db_commit(h->db);
    if (rc != DB_OK) db_rollback(h->db);
    return rc == DB_OK && n == AT_ONCE;
}

#include "resettle.h"
#include "settle.h"

enum db_rc resettle(struct db *db, struct arena *a, struct gate_order *orders, size_t n) {
    enum db_rc rc = order_store_claims(db, a, orders, n);
    if (rc != DB_OK) return rc;
    for (size_t i = 0; i < n; i++) settle(&orders[i]);
    return order_store_save(db, a, orders, n);
}

/* reveal_store - whom an order is for, in clear. */
#pragma once
#include <stdint.h>
#include "common/db.h"

struct reveal { /* texts in the arena */
    int64_t version;
    const char *number, *code; /* of the order, of its exhibition; NULL: there is no such order */
    const char *name, *phone, *email;
};
enum db_rc reveal_store_get(struct db *db, struct arena *a, int64_t order_id, struct reveal *r);

/* code_store - table codes: what is missing, and what is issued. */
#pragma once
#include <stddef.h>
#include "code.h"
#include "common/db.h"

struct arena;

struct issue { /* of one code */
    struct code code;
    char text[CODE_LEN + 1];
};
/* Codes that are missing, by any statement that selects CODE_WISHES: all but key and text. They are issued by the clock of the
 * database, one time in a transaction: as_of of a manifest is compared with it, and hosts may differ. */
#define CODE_WISHES                                                                                                    \
    "kind, ref, order_id, exhibition_id, product_id, visit_day, slot_begins, slot_ends, version, "                     \
    "floor(extract(epoch FROM now()))::bigint"
enum db_rc code_store_wishes(struct db *db, struct arena *a, const struct db_stmt *stmt, const struct db_args *args,
                             struct issue **issues, size_t *n);
/* Inside the transaction that found them missing. */
enum db_rc code_store_add(struct db *db, struct arena *a, const struct issue *issues, size_t n);

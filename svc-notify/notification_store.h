/* notification_store - messages as staff see them. */
#pragma once
#include <stdbool.h>
#include "common/db.h"

struct notification {
    int64_t id, version;
    const char *order_number, *event, *template, *state, *phone, *result, *code;
    const char *exhibition_code; /* NULL: we have not heard of it */
    bool useful;                 /* still */
    int64_t created_ms, sent_ms, ended_ms;
};
struct notification_query {
    const char *const *codes; /* of exhibitions; NULL: all */
    size_t n_codes;
    const char *state, *number, *phone; /* NULL: any */
    int64_t before_id, limit;
};
enum db_rc notification_store_list(struct db *db, struct arena *a, const struct notification_query *q,
                                   struct notification **rows, size_t *n);
/* Of one order, the oldest first, up to 200. */
enum db_rc notification_store_of_order(struct db *db, struct arena *a, const char *order_number,
                                       struct notification **rows, size_t *n);
/* `lock`: inside a transaction. *row is NULL when there is none. */
enum db_rc notification_store_get(struct db *db, struct arena *a, int64_t id, bool lock, struct notification **row);
/* It waits to be sent again. */
enum db_rc notification_store_queue(struct db *db, struct arena *a, int64_t id);

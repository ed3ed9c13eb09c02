/* stuck_store - what a person should look at (view stuck). */
#pragma once
#include "common/db.h"
#include "scope.h"

struct stuck_row {
    const char *saga, *entity, *kind, *order_number, *state, *failure_code; /* failure_code NULL: none */
    int64_t id, since_us, tries, due_ms, amount;                            /* due_ms 0: not by itself */
    int64_t exhibition_id;
};
struct stuck_page {
    bool everything; /* else only of these exhibitions */
    const int64_t *exhibitions;
    size_t n_exhibitions;
    int64_t since_us, id, limit; /* after this row; the oldest come first */
    const char *saga;
};
enum db_rc stuck_store_list(struct db *db, struct arena *a, const struct stuck_page *page, struct stuck_row **rows,
                            size_t *n);

enum db_rc stuck_store_exhibitions(struct db *db, struct arena *a, struct exhibition_hint **hints, size_t *n);

/* webhook_store - what came in by webhook: facts about it, never its body. */
#pragma once
#include "common/db.h"

enum webhook_wish { WISH_NOTHING, WISH_WAKE, WISH_LOOK };
struct webhook_row {
    const char *transmission_id, *event_type, *said, *verdict; /* transmission_id, said: NULL */
    int64_t attempt;
    enum webhook_wish wish;
};
/* Stores of each transmission id the first, and makes its attempt due in the same commit: soon, but at most every 5 s.
 * WISH_WAKE only when nobody is at the attempt; WISH_LOOK also when somebody is: then as soon as they let go. */
enum db_rc webhook_store_put(struct db *db, struct arena *a, const struct webhook_row *rows, size_t n);

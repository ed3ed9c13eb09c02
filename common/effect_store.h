/* effect_store - stored answers by idempotency key (table idempotency). */
#pragma once
#include "db.h"

struct stored_effect {
    bool found, same_body;
    int status;
    const char *answer; /* in the arena */
};
/* Inside a transaction: waits for whoever works under the key, and keeps others waiting until the end of it. */
enum db_rc effect_store_lock(struct db *db, struct arena *a, const char *key, const char *body,
                             struct stored_effect *e);
enum db_rc effect_store_put(struct db *db, struct arena *a, const char *key, const char *body, int status,
                            const char *answer);
/* Answers are told again for 24 hours. One batch (batch.h). */
bool effect_store_forget(struct db *db);

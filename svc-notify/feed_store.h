/* feed_store - how far the provider's feed has been read. */
#pragma once
#include <stdbool.h>
#include "common/db.h"

/* Whoever is first when its time has come reads it. *mine is false when nobody should now. */
enum db_rc feed_store_claim(struct db *db, struct arena *a, const char *provider, int64_t every_seconds, bool *mine,
                            int64_t *read_to_ms);
enum db_rc feed_store_read_to(struct db *db, struct arena *a, const char *provider, int64_t ms);

/* key_store - table keys: the pairs that sign codes, the private halves sealed. */
#pragma once
#include <stdint.h>
#include "common/db.h"

struct stored_key {
    int id;
    const char *public_key, *private_key; /* base64url; sealed */
    int64_t published_ms, signs_from_ms;
};
/* Those with an id above `after`, by id, in the arena. */
enum db_rc key_store_load(struct db *db, struct arena *a, int after, struct stored_key **keys, size_t *n);
/* Signs from `hours` on from now. DB_UNIQUE: somebody has made a key of this id meanwhile. */
enum db_rc key_store_add(struct db *db, struct arena *a, const struct stored_key *key, int64_t hours);

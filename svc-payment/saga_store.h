/* saga_store - claiming and moving sagas in SQL, attempts and refunds alike. */
#pragma once
#include "common/db.h"
#include "saga.h"

struct stored_move { /* one row of move_attempts() or move_refunds() */
    int64_t id, version;
    const char *to, *changes; /* JSON object of columns */
    int64_t due_ms;           /* 0: rest */
    bool keep_lease, again;   /* again: sent before, its outcome was lost */
    int64_t new_version;      /* set: 0 when the row was not as we know it */
};
/* One statement with its commit. No two moves of one row. */
enum db_rc saga_store_move(struct db *db, struct arena *a, enum saga_kind kind, struct stored_move *moves, size_t n,
                           const char *owner, int64_t lease_seconds);
/* Rows that are due and free, at most `limit`, now leased; in the arena. */
enum db_rc saga_store_claim(struct db *db, struct arena *a, enum saga_kind kind, const char *owner,
                            int64_t lease_seconds, int64_t limit, struct saga ***rows, size_t *n);
/* At start: leases that an earlier life of this replica left behind are over. */
enum db_rc saga_store_take_back(struct db *db, struct arena *a, const char *owner);

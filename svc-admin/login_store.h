/* login_store - table login_failures. */
#pragma once
#include "common/db.h"
#include "login.h"

/* Locked; a name without failures gets a row. *now_ms: of the database, by which the locks of all replicas go. */
enum db_rc login_store_lock(struct db *db, struct arena *a, const char *name_hash, struct login_tries *tries,
                            int64_t *now_ms);
enum db_rc login_store_put(struct db *db, struct arena *a, const char *name_hash, const struct login_tries *tries);
/* That try was none: its failure and its lock are taken back, if nobody has tried since. */
enum db_rc login_store_take_back(struct db *db, struct arena *a, const char *name_hash, int64_t failures);
enum db_rc login_store_clear(struct db *db, struct arena *a, const char *name_hash);
/* What is a day old, and the oldest of far too many that are not locked. One batch (common/batch.h). */
bool login_store_forget(struct db *db);

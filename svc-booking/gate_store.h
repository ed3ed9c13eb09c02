/* gate_store - the epoch of this database: a restored copy has a higher one, so its smaller versions win in the gate. */
#pragma once
#include "common/db.h"

enum db_rc gate_store_epoch(struct db *db, struct arena *a, int64_t *epoch);

/* batch - housekeeping that may have a week to make up for. A statement takes at most one batch of rows: it ends long before its
 * time-out, and its transaction id, which holds all events back, is soon gone. */
#pragma once
#include "db.h"

#define BATCH_ROWS 5000
#define BATCH_TEXT_OF(n) #n
#define BATCH_TEXT(n) BATCH_TEXT_OF(n)
/* The end of a statement's choice of rows, which an index has to serve. */
#define BATCH_LIMIT " LIMIT " BATCH_TEXT(BATCH_ROWS)

/* One batch, in a transaction of its own. True: it was full, there is more to do at once. After a failure the next round of the
 * caller tries again. */
bool batch_run(struct db *db, const struct db_stmt *stmt, const struct db_args *args);

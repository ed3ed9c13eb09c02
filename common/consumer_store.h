/* consumer_store - the consumer's tables in its own schema: where it stands, and the events it could not apply. */
#pragma once
#include "db.h"
#include "events.h"

#define EVENT_CURSOR_MAX 48 /* "18446744073709551615:9223372036854775807" */

/* Makes the row when there is none and reads the cursor ("": from the beginning). */
enum db_rc consumer_store_cursor(struct db *db, const char *consumer, const char *source,
                                 char cursor[EVENT_CURSOR_MAX]);
/* Inside a transaction: locks the row. *stands is false when somebody else has moved it away from `cursor`. */
enum db_rc consumer_store_lock(struct db *db, const char *consumer, const char *source, const char *cursor,
                               bool *stands);
enum db_rc consumer_store_move(struct db *db, const char *consumer, const char *source, const char *cursor);
enum db_rc consumer_store_park(struct db *db, struct arena *a, const char *consumer, const char *source,
                               const struct event *e, const char *error);

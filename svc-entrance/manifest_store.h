/* manifest_store - what a scanner must know of the codes of one day, page by page, without a gap.
 *
 * Orders come with all their codes of that day, in the order of the table changes, and only by rows of transactions below every
 * running one: nothing can appear behind a cursor, and what changes while somebody reads comes once more. An order comes by its
 * newest row alone, or, while that one is held back, by any of the others. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/db.h"
#include "offline.h"

#define MANIFEST_CURSOR_MAX 40

struct manifest_head {
    int64_t exhibition_id; /* 0: there is no such exhibition */
    const char *first_day, *last_day;
    int64_t before_minutes, after_minutes;
    const char *below; /* transactions that are over */
    int64_t as_of_ms;  /* a code issued later may be missing */
};
enum db_rc manifest_store_head(struct db *db, struct arena *a, const char *exhibition_code, struct manifest_head *h);
/* Products, and slots of the day, as JSON arrays. */
enum db_rc manifest_store_plan(struct db *db, struct arena *a, int64_t exhibition_id, const char *date,
                               const char **products, const char **slots);

struct manifest_row {
    const char *cursor; /* of its order: a page ends before a row that begins one */
    bool begins;
    struct offline_entry entry;
};
/* The rows of at most `max` orders behind the cursor ("" is the beginning); *full: of so many. */
enum db_rc manifest_store_rows(struct db *db, struct arena *a, const struct manifest_head *h, const char *date,
                               const char *cursor, size_t max, struct manifest_row **rows, size_t *n, bool *full);
/* Is it of our form? */
bool manifest_cursor_ok(const char *cursor);

/* manifest_store - what a scanner must know of the codes of one day, page by page, without a gap.
 *
 * Rows come in the order of (xid, seq), which a row gets anew with each change, and only those of transactions below every running
 * one: nothing can appear behind a cursor, and what changes while somebody reads comes once more. */
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
    const char *cursor;
    struct offline_entry entry;
};
/* At most `limit` rows behind the cursor ("" is the beginning). */
enum db_rc manifest_store_rows(struct db *db, struct arena *a, const struct manifest_head *h, const char *date,
                               const char *cursor, int limit, struct manifest_row **rows, size_t *n);
/* Is it of our form? */
bool manifest_cursor_ok(const char *cursor);

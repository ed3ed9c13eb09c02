/* stats_store - what happened at the gates of an exhibition on one day. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "common/db.h"

enum stats_kind { STATS_ADMITTED = 'a', STATS_REFUSED = 'r', STATS_CONFLICT = 'c', STATS_EXPECTED = 'e' };
struct stats_row {
    enum stats_kind kind;
    int64_t at_ms;    /* of STATS_ADMITTED: when these ten minutes began */
    const char *name; /* of STATS_REFUSED, STATS_CONFLICT */
    int64_t n;        /* people; of STATS_REFUSED scans */
};
/* By kind, then by time or name. `day` as YYYY-MM-DD in Seoul. */
enum db_rc stats_store_day(struct db *db, struct arena *a, int64_t exhibition_id, const char *day,
                           struct stats_row **rows, size_t *n);
/* *id 0: there is no such exhibition. */
enum db_rc stats_store_exhibition(struct db *db, struct arena *a, const char *code, int64_t *id);

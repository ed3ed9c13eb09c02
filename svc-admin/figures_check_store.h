/* figures_check_store - the figures beside the tables of their owners: what differs, and how to make it right. With a role that
 * may read all schemas and write ours. */
#pragma once
#include "common/db_check.h"

extern const struct db_check figures_checks[];
extern const size_t figures_n_checks;

/* Something that the owners are asked for again, page by page ($1: last id of the page before, $2: rows). */
struct figures_restatement {
    const char *what;
    struct db_stmt forget; /* what we know of the page, wrong as it may be: any version counts as newer */
    struct db_stmt note;   /* as if the owner told it now → last id of the page, NULL: there was none */
    struct db_stmt clear;  /* rows of ours that their owner does not have; sql NULL: what is gone is known as gone */
};
extern const struct figures_restatement figures_restatements[];
extern const size_t figures_n_restatements;

/* One page, in a transaction of its own. *last: in, the end of the page before; out, of this one, 0 when that was all. */
enum db_rc figures_check_restate(struct db *db, struct arena *a, const struct figures_restatement *r, int64_t *last);
/* After the last page. */
enum db_rc figures_check_clear(struct db *db, struct arena *a, const struct figures_restatement *r);
/* Counts all rows anew. */
enum db_rc figures_check_recount(struct db *db, struct arena *a);

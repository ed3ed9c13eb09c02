/* reissue_store - the codes and tokens of an order are taken out of use, so that new codes are missing. */
#pragma once
#include "code_store.h"

struct reissue {
    int64_t order_id; /* 0: no such order with codes */
    int64_t version;  /* its entries_version after the change */
    const char *exhibition_code;
};
/* Locks the order. */
enum db_rc reissue_store_lock(struct db *db, struct arena *a, const char *order_number, struct reissue *r);
/* All its codes but cancelled ones are replaced, its tokens open nothing any more; *issues: what is missing now, none when
 * nothing of it lives. */
enum db_rc reissue_store_replace(struct db *db, struct arena *a, const struct reissue *r, struct issue **issues,
                                 size_t *n);

/* audit_check_store - what admin-audit asks the database. */
#pragma once
#include "audit_chain.h"
#include "common/db_check.h"

extern const struct db_check audit_checks[];
extern const size_t audit_n_checks;

/* Rows behind `after`, in order, at most `limit`. Texts in the arena; those that were erased before they were `text_days` old
 * were erased early. */
enum db_rc audit_check_rows(struct db *db, struct arena *a, int64_t after, int64_t limit, int64_t text_days,
                            struct audit_row **rows, size_t *n);
/* Where the chain ends, as whoever appends knows it. */
enum db_rc audit_check_head(struct db *db, struct audit_chain *head);

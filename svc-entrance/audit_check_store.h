/* audit_check_store - the checks of entrance-audit. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "common/db_check.h"

/* In one snapshot, as the operator: tickets, codes, entries and scans, and booking's side of them. */
extern const struct db_check audit_checks[];
extern const size_t audit_n_checks;

/* As svc-entrance: ids above `after` of orders that have claims or people inside, at most `max`. */
enum db_rc audit_check_entered(struct db *db, struct arena *a, int64_t after, size_t max, int64_t *ids, size_t *n);

/* audit_check_store - what must be true of facts and messages, as statements that find what is not. */
#pragma once
#include <stdbool.h>
#include "common/db_check.h"

extern const struct db_check audit_checks[];
extern const size_t audit_n_checks;

/* Calls found() with each move the database allows. */
enum db_rc audit_check_moves(struct db *db, struct arena *a, void (*found)(void *arg, const char *from, const char *to),
                             void *arg);

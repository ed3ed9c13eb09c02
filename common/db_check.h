/* db_check - statements that look for differences, each a row of text per difference, all in one snapshot of the database. */
#pragma once
#include <stddef.h>
#include "db.h"

struct db_check {
    const char *name;
    struct db_stmt stmt;
};

/* Whatever is compared with each other is read between these two; nothing is changed. */
enum db_rc db_check_begin(struct db *db);
void db_check_end(struct db *db);
/* Calls found() with each difference. */
enum db_rc db_check_run(struct db *db, struct arena *a, const struct db_check *check,
                        void (*found)(void *arg, const char *check, const char *what), void *arg);

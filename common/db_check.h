/* db_check - main() of the programs that compare what is stored twice (booking-audit, payment-audit …): settings, log,
 * connection, all checks in one snapshot, what a program adds of its own, the verdict.
 *
 * Prints each difference, then "N differences". Exit code: 0 all agree, 1 differences, 2 it could not look. */
#pragma once
#include <stddef.h>
#include "db.h"

struct setting;

struct db_check { /* a statement that finds differences, a row of text for each */
    const char *name;
    struct db_stmt stmt;
};
struct db_check_run {
    struct db *db;
    struct arena *arena;
    const void *config;
    size_t differences;
};
struct db_check_program {
    const char *name; /* logger, and application name of its connections */
    const struct setting *settings;
    size_t n_settings;
    void *config; /* its first member is the text of the database's URL, the rest is the program's */
    const struct db_check *checks;
    size_t n_checks;
    enum db_rc (*inside)(struct db_check_run *run); /* in the snapshot of the checks; NULL: nothing more */
    enum db_rc (*after)(struct db_check_run *run);  /* outside of it, with connections of its own; NULL: nothing more */
};
int db_check_main(const struct db_check_program *p);
/* Prints a difference and counts it. `run` is a struct db_check_run, untyped for callbacks. */
void db_check_difference(void *run, const char *check, const char *what);
/* A connection with the patience that looking at everything needs. NULL: out of memory. */
struct db *db_check_open(const char *url, const char *name);

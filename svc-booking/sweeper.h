/* sweeper - frees holds whose time is over, at latest a second later and as fast as the database can; keeps house now and
 * then. Every replica has one: they skip what another is working on. */
#pragma once

struct booking;
struct db;
struct sweeper;

/* The thread owns `db` from now on. NULL: cannot start. */
struct sweeper *sweeper_start(struct booking *b, struct db *db);
void sweeper_stop(struct sweeper **s);

/* committer - group commit (design §3). A lane takes all orders that gathered while its last commit ran, at most 256, and makes
 * one call with its commit of them; there is no timer. All orders of an exhibition go through one lane, so lanes do not wait
 * for each other's stock.
 *
 * Whatever happens, every order is answered exactly once, and ST_BUSY is said only where nothing can have been stored. */
#pragma once
#include <stddef.h>
#include "order_wish.h"

#define COMMIT_BATCH 256
#define COMMIT_LANES_MAX 8

struct booking;
struct committer;
struct db;

/* Lanes own their connection from now on, dbs[0..lanes). NULL: cannot start. */
struct committer *committer_start(struct booking *b, struct db **dbs, size_t lanes);
/* Answers what is queued, then ends the lanes. */
void committer_stop(struct committer **c);
/* Takes over the wishes and their requests. From any thread. */
void committer_submit(struct committer *c, struct order_wish **wish, size_t n);

/* journal - saves the moves of sagas with group commit: moves that gather while the last commit runs go through one call. */
#pragma once
#include "saga.h"

struct db;
struct journal;

enum saved {
    SAVED,
    SAVED_BY_OTHERS, /* the row is not as we know it: somebody else goes on with it, let go */
    NOT_SAVED        /* no database for as long as the lease lasts: whoever comes next takes the step again */
};

/* Owns the connections from now on. `owner` names this replica and survives its restart: a lease it left behind is its own. */
struct journal *journal_start(struct db **dbs, size_t n, const char *owner, int lease_seconds);
void journal_stop(struct journal **j);
/* Blocks until the commit. SAVED: row->version, state, tries and lease are as stored. The lease is kept when m says that the
 * next step follows now, else let go. */
enum saved journal_save(struct journal *j, struct saga *row, const struct saga_move *m);

/* journal - saves the moves of sagas with group commit: moves that gather while the last commit runs go through one call. */
#pragma once
#include <stddef.h>
#include "saga.h"

struct db;
struct journal;

enum saved {
    SAVED,
    SAVED_BY_OTHERS, /* the row is not as we know it: somebody else goes on with it, let go */
    SAVE_IN_THE_WAY, /* a unique index holds it back: another row has what this one wants */
    SAVE_REFUSED,    /* SQL refuses the move: a mistake in a step, logged */
    NOT_SAVED        /* no database for as long as the lease lasts: whoever comes next takes the step again */
};

/* Owns the connections from now on. `owner` names this replica and survives its restart: a lease it left behind is its own. */
struct journal *journal_start(struct db **dbs, size_t n, const char *owner, int64_t lease_seconds);
void journal_stop(struct journal **j);
/* Blocks until the commit; without a database until the row's lease is nearly over. SAVED: row->version, state, tries, lease and
 * what row.h remembers are as stored. The lease is kept when m says that the next step follows now, else let go. An op that has
 * no lease yet puts its caller's deadline into row->lease_until_ms. */
enum saved journal_save(struct journal *j, struct saga *row, const struct saga_move *m);

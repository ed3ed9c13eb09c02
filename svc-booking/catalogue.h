/* catalogue - what this replica knows of exhibitions, products, slots and their stock.
 *
 * Definitions come from SQL once a second, and at once after a staff change; stock numbers also arrive from the
 * committer after each commit. Everything here may be a second old: PostgreSQL decides, the catalogue only answers
 * early and cheaply. Of two reports about a pool the higher version wins, so reports may come late, twice and in any
 * order. All functions are thread-safe. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bus_pub;
struct catalogue;
struct db;
struct snapshot;

/* Loads what is there (an unreachable database leaves it empty until a later second) and starts the refresh thread,
 * which owns `db` from now on. Hints go out on `pub` under the topic "catalogue", at most 5 a second. NULL: out of
 * memory. */
struct catalogue *catalogue_start(struct db *db, struct bus_pub *pub);
/* NULL-safe; ends the thread, closes its connection. Stop whoever uses the catalogue before. */
void catalogue_stop(struct catalogue **c);

/* After a commit: cheap, only notes the numbers; documents follow within 200 ms. Unknown pools are ignored. */
void catalogue_pool_update(struct catalogue *c, int64_t pool_id, int64_t version, int64_t available);
/* After a staff change has committed: reloads now instead of at the next second. Waits at most 500 ms for it, so that
 * the caller usually reads what it wrote. */
void catalogue_refresh(struct catalogue *c);
/* True once everything has been loaded at least once. */
bool catalogue_loaded(struct catalogue *c);

/* What an order would touch, for the gate. */
struct catalogue_place {
    int64_t exhibition_id;
    int64_t slot_pool; /* 0: no slot asked for */
};
/* pools[i] becomes the pool of products[i]. False: not all of it is known here, or not on sale by this machine's clock. It may be
 * younger than the last refresh: pass such an order to SQL, never refuse it, and take nothing for it from the gate, where those who
 * come too early would leave nothing for those who come in time. */
bool catalogue_locate(struct catalogue *c, const char *code, const int64_t *products, size_t n, int64_t slot_id,
                      struct catalogue_place *place, int64_t *pools);

struct catalogue_pool {
    int64_t id, exhibition_id, version, available;
};
/* Calls fn for every pool whose numbers changed after `since` (a mark this function returned; 0: all pools). Returns
 * the mark for next time. fn runs under a lock that the committer takes too: it copies and returns. */
uint64_t catalogue_changed_pools(struct catalogue *c, uint64_t since,
                                 void (*fn)(void *arg, const struct catalogue_pool *p), void *arg);

/* The rendered documents (snapshot.h). */
struct snapshot *catalogue_snapshot(struct catalogue *c);

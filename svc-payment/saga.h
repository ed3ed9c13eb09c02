/* saga - rows that walk through states, one outside call per step (design §4). Attempts and refunds are sagas: `state` names the
 * step that comes next, so whoever finds the row - the request that started it, the reconciler, a restarted process - goes on
 * from there.
 *
 * A step makes its outside call, changes the row's fields and says where it goes; the driver saves that before the next step
 * begins. Every step may therefore run again with the outcome of its last run unknown, and must stand it: booking's calls are
 * fenced, the provider's carry an idempotency key and are looked up first. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct payment;

enum saga_kind { SAGA_ATTEMPT, SAGA_REFUND, SAGA_KINDS };
/* Threads that steps run on, apart so that one kind of waiting cannot starve another. */
enum saga_pool { POOL_CONFIRM, POOL_CANCEL, POOL_LOOK_UP, SAGA_POOLS };

#define STATE_MAX 24

struct saga { /* the head of struct attempt and struct refund */
    enum saga_kind kind;
    int64_t id, version;
    char state[STATE_MAX];
    int64_t tries;          /* of the step under way; 0: it never ran, or nobody knows of it */
    int64_t lease_until_ms; /* ours until then */
    void *stored;           /* the row as the database has it; row.h */
};

/* What a step decided. */
struct saga_move {
    const char *to; /* a state; the row's own: it failed for now */
    int64_t due_ms; /* when the next step is to be taken; 0: now, by the same thread */
    bool rest;      /* nothing to do until somebody says so: due_ms is ignored */
};

struct saga_step {
    const char *state;
    enum saga_pool pool; /* a step tried before runs on POOL_LOOK_UP */
    /* `row` is the whole attempt or refund; what it changes there is saved with the move, its texts live in the arena. */
    void (*run)(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m);
    const char *next[2]; /* by enum lang, for people: what happens here, in the list of stuck payments */
    /* Fault points: the step begins; its outside calls are through, nothing is saved; its move is saved. */
    const char *before, *called, *saved;
};
/* saga_table.c: every state that has a step. NULL: the state is an end. */
const struct saga_step *saga_step_of(enum saga_kind kind, const char *state);
struct saga_steps {
    const struct saga_step *step;
    size_t n;
};
extern const struct saga_steps saga_steps[SAGA_KINDS];
const char *saga_kind_name(enum saga_kind kind); /* "attempt" "refund" */

/* Not now: the same state again, when saga_retry_ms() says. */
void saga_later(const struct saga *row, struct saga_move *m);
/* Not by itself, as far as can be seen: tried again every hour, and in the list of stuck payments until then. */
void saga_stuck(const struct saga *row, struct saga_move *m);
/* To a state where nothing is done until somebody asks. */
void saga_rest(struct saga_move *m, const char *to);

struct saga_engine;
struct db;
struct saga_conf {
    const char *owner; /* names this replica in leases; survives its restart */
    int64_t lease_seconds, retry_first_ms;
    int threads[SAGA_POOLS];
};
/* Starts pools and reconciler, which owns `db`. It claims due rows every 200 ms and at once after saga_nudge(). */
struct saga_engine *saga_engine_start(struct payment *p, const struct saga_conf *conf, struct db *db);
/* The steps under way end first. */
void saga_engine_stop(struct saga_engine **e);
/* Takes over a row that this process has leased (freshly inserted or moved by an op): a copy is made. False: no memory; the
 * reconciler will find the row when its lease is over. */
bool saga_submit(struct saga_engine *e, const struct saga *row);
void saga_nudge(struct saga_engine *e);
/* When a step that failed `tries` times is tried again: 2, 5, 15, 60 s, then every 60 s (design §4) where the first wait is 2 s,
 * with a little spread: `chance` is any number. */
int64_t saga_retry_ms(int64_t now_ms, int64_t tries, uint32_t chance);

/* committer - group commit (design §3): takes what gathered while the last commit ran and does it in one call with its commit.
 * No timer: an idle lane commits a lone call at once, a busy one commits larger groups. What is done, and how it is answered, is
 * the job's; queue, deadlines, lost connections and groups that SQL cannot stand are handled here, once for all jobs. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include "common/db.h"
#include "common/status.h"

#define COMMIT_LANES_MAX 8
#define COMMIT_BATCH_MAX 256

struct booking;
struct bus_req;
struct committer;
struct pool_change;

struct commit_item { /* what is committed begins with it; lives in its request's arena */
    struct bus_req *req;
    bool unsure; /* a commit with it was under way when the connection went: only SQL can tell what became of it */
    struct commit_item *next; /* in its lane's queue */
};

enum commit_moment { /* where tests make it fail */
                     COMMIT_BEFORE,
                     COMMIT_STALL,
                     COMMIT_LOST_BEFORE, /* true: the connection is cut before the group is sent */
                     COMMIT_LOST_AFTER,  /* true: the connection is cut before its answer arrives */
                     COMMIT_AFTER,
                     COMMIT_REPLIED
};

struct commit_job {
    const char *name;     /* label of its metrics */
    const char *counted;  /* the metric that counts its items */
    size_t batch;         /* at most COMMIT_BATCH_MAX */
    enum status poisoned; /* the answer to an item that SQL cannot stand, even alone */
    /* Items that meet in SQL should share a lane: equal numbers do. */
    size_t (*lane)(struct commit_item *item);
    /* One statement with its commit. DB_OK: every item knows its outcome, which may rest in the arena until it is answered. */
    enum db_rc (*commit)(struct db *db, struct arena *a, struct commit_item *const *item, size_t n,
                         struct pool_change **pools, size_t *n_pools);
    /* Answers the item, or submits it again. */
    void (*answer)(struct booking *b, struct commit_item *item);
    bool (*fault)(enum commit_moment at, struct commit_item *const *item, size_t n);
};

/* Lanes own their connection from now on, dbs[0..lanes). NULL: cannot start. */
struct committer *committer_start(const struct commit_job *job, struct booking *b, struct db **dbs, size_t lanes);
/* Answers what is queued, then ends the lanes. */
void committer_stop(struct committer **c);
/* Takes over the items and their requests. From any thread. */
void committer_submit(struct committer *c, struct commit_item **item, size_t n);

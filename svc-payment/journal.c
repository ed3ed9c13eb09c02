#include "journal.h"
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "columns.h"
#include "common/arena.h"
#include "common/fault.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/timeutil.h"
#include "saga_store.h"

#define BATCH 128
#define LANES_MAX 8
#define RETRY_MS 50
#define MARGIN_MS 1000 /* before the lease is over */
#define ARENA_MAX ((size_t)16 * 1024 * 1024)

struct entry { /* on the stack of who waits for it */
    struct entry *next;
    enum saga_kind kind;
    struct stored_move move;
    int64_t until_ms;
    enum saved result;
    sem_t done;
};

struct lane {
    struct journal *journal;
    struct db *db;
    struct arena *arena; /* of the thread, for one commit */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct entry *first;
    bool stop, running;
};

struct journal {
    char *owner;
    int64_t lease_seconds;
    struct metric *commits, *moves, *lost, *seconds;
    size_t n;
    struct lane lane[LANES_MAX];
};

/* ---- queue ---- */

static void lane_add(struct lane *l, struct entry *e) {
    pthread_mutex_lock(&l->lock);
    bool was_empty = l->first == NULL;
    struct entry **end = &l->first;
    while (*end != NULL) end = &(*end)->next;
    *end = e;
    if (was_empty) pthread_cond_signal(&l->wake);
    pthread_mutex_unlock(&l->lock);
}

static bool fits(struct entry *const *batch, size_t n, const struct entry *e) {
    if (n == BATCH || (n > 0 && batch[0]->kind != e->kind)) return false;
    for (size_t i = 0; i < n; i++)
        if (batch[i]->move.id == e->move.id) return false; /* two moves of one row: the second one's turn is the next */
    return true;
}

/* What waits and may share a statement; 0: stopped and nothing left. */
static size_t lane_take(struct lane *l, struct entry **batch) {
    size_t n = 0;
    pthread_mutex_lock(&l->lock);
    while (l->first == NULL && !l->stop) pthread_cond_wait(&l->wake, &l->lock);
    for (struct entry **at = &l->first; *at != NULL;) {
        struct entry *e = *at;
        if (fits(batch, n, e)) {
            *at = e->next;
            batch[n++] = e;
        } else {
            at = &e->next;
        }
    }
    pthread_mutex_unlock(&l->lock);
    return n;
}

/* ---- commit ---- */

static void finish(struct entry *e, enum saved result) {
    e->result = result;
    sem_post(&e->done);
}

static enum db_rc try_commit(struct lane *l, struct entry **batch, size_t n) {
    struct journal *j = l->journal;
    struct stored_move moves[BATCH];
    arena_reset(l->arena);
    for (size_t i = 0; i < n; i++) moves[i] = batch[i]->move;
    fault_hit("payment.journal.stall");
    if (fault_hit("payment.journal.lost_before")) {
        db_drop(l->db);
        return DB_LOST;
    }
    enum db_rc rc = saga_store_move(l->db, l->arena, batch[0]->kind, moves, n, j->owner, j->lease_seconds);
    if (rc != DB_OK) return rc;
    if (fault_hit("payment.journal.lost_after")) {
        db_drop(l->db);
        return DB_LOST;
    }
    metric_add(j->commits, 1);
    metric_add(j->moves, (int64_t)n);
    for (size_t i = 0; i < n; i++) {
        batch[i]->move.new_version = moves[i].new_version;
        finish(batch[i], moves[i].new_version == 0 ? SAVED_BY_OTHERS : SAVED);
    }
    return DB_OK;
}

/* Nothing is saved for somebody whose lease may be another's by now. Returns how many are left. */
static size_t drop_late(struct entry **batch, size_t n) {
    size_t left = 0;
    int64_t now = time_now_ms();
    for (size_t i = 0; i < n; i++) {
        if (batch[i]->until_ms > now)
            batch[left++] = batch[i];
        else
            finish(batch[i], NOT_SAVED);
    }
    return left;
}

static void refuse(struct lane *l, struct entry *e, enum db_rc rc) {
    if (rc != DB_UNIQUE) log_error("a move was refused by SQL", "to", e->move.to, "sqlstate", db_sqlstate(l->db));
    finish(e, rc == DB_UNIQUE ? SAVE_IN_THE_WAY : SAVE_REFUSED);
}

/* Until everybody has a result. A batch that SQL refuses is taken one by one, so that nobody suffers from another's mistake. */
static void commit_all(struct lane *l, struct entry **batch, size_t n) {
    size_t step = n;
    while ((n = drop_late(batch, n)) > 0) {
        size_t k = step < n ? step : n;
        enum db_rc rc = try_commit(l, batch, k);
        if (rc == DB_LOST || rc == DB_TIMEOUT) {
            for (size_t i = 0; i < k && rc == DB_LOST; i++) batch[i]->move.again = true;
            metric_add(l->journal->lost, 1);
            const struct timespec pause = {0, RETRY_MS * 1000000L};
            nanosleep(&pause, NULL);
        } else if (rc != DB_OK && rc != DB_RETRY && k > 1) {
            step = 1;
        } else if (rc != DB_RETRY) {
            if (rc != DB_OK) refuse(l, batch[0], rc);
            batch += k;
            n -= k;
        }
    }
}

static void *lane_main(void *arg) {
    struct lane *l = arg;
    struct entry *batch[BATCH];
    for (size_t n; (n = lane_take(l, batch)) > 0;) commit_all(l, batch, n);
    return NULL;
}

/* ---- saving ---- */

/* The row is as the database has it now. */
static void take_over(const struct journal *j, const struct entry *e, struct saga *row, int64_t sent_ms) {
    bool same = strcmp(row->state, e->move.to) == 0;
    row->tries = same ? row->tries + 1 : 0;
    if (!same) memcpy(row->state, e->move.to, strlen(e->move.to) + 1);
    row->version = e->move.new_version;
    row->lease_until_ms = e->move.keep_lease ? sent_ms + j->lease_seconds * 1000 : 0;
    row_stored(&row_tables[row->kind], row);
}

enum saved journal_save(struct journal *j, struct saga *row, const struct saga_move *m) {
    if (strlen(m->to) >= STATE_MAX) abort();
    int64_t sent_ms = time_now_ms(), since_us = time_mono_us();
    bool now = !m->rest && m->due_ms == 0;
    struct arena *scratch = arena_new(ARENA_MAX);
    const char *changes = scratch == NULL ? NULL : row_changes(&row_tables[row->kind], scratch, row);
    struct entry e = {
        .kind = row->kind,
        .move = {.id = row->id,
                 .version = row->version,
                 .to = m->to,
                 .changes = changes,
                 .due_ms = m->rest ? 0
                           : now   ? sent_ms
                                   : m->due_ms,
                 .keep_lease = now},
        .until_ms = row->lease_until_ms - MARGIN_MS,
        .result = NOT_SAVED,
    };
    if (changes != NULL) {
        sem_init(&e.done, 0, 0);
        lane_add(&j->lane[(size_t)row->id % j->n], &e);
        while (sem_wait(&e.done) != 0) {}
        sem_destroy(&e.done);
    }
    arena_free(&scratch);
    if (e.result == SAVED) take_over(j, &e, row, sent_ms);
    metric_observe_us(j->seconds, time_mono_us() - since_us);
    return e.result;
}

/* ---- life ---- */

static bool lane_start(struct journal *j, struct lane *l, struct db *db) {
    l->journal = j;
    l->db = db;
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->wake, NULL);
    l->arena = arena_new(ARENA_MAX);
    l->running = l->arena != NULL && pthread_create(&l->thread, NULL, lane_main, l) == 0;
    return l->running;
}

struct journal *journal_start(struct db **dbs, size_t n, const char *owner, int64_t lease_seconds) {
    struct journal *j = calloc(1, sizeof *j);
    if (j == NULL || n > LANES_MAX) {
        free(j);
        return NULL;
    }
    j->owner = strdup(owner);
    j->lease_seconds = lease_seconds;
    j->commits = metric_get(METRIC_COUNTER, "payment_commits_total", "", "Group commits of moves");
    j->moves = metric_get(METRIC_COUNTER, "payment_moves_total", "", "Moves of attempts and refunds");
    j->lost = metric_get(METRIC_COUNTER, "payment_commits_repeated_total", "", "Group commits that had to be repeated");
    j->seconds = metric_get(METRIC_HISTOGRAM, "payment_save_seconds", "", "Time until a move is committed");
    bool good = j->owner != NULL;
    for (; j->n < n; j->n++) good = lane_start(j, &j->lane[j->n], dbs[j->n]) && good;
    if (!good) {
        log_error("journal cannot start");
        journal_stop(&j);
    }
    return j;
}

static void lane_stop(struct lane *l) {
    pthread_mutex_lock(&l->lock);
    l->stop = true;
    pthread_cond_signal(&l->wake);
    pthread_mutex_unlock(&l->lock);
    if (l->running) pthread_join(l->thread, NULL);
    pthread_cond_destroy(&l->wake);
    pthread_mutex_destroy(&l->lock);
    arena_free(&l->arena);
    db_close(&l->db);
}

void journal_stop(struct journal **jp) {
    struct journal *j = *jp;
    if (j == NULL) return;
    for (size_t i = 0; i < j->n; i++) lane_stop(&j->lane[i]);
    free(j->owner);
    free(j);
    *jp = NULL;
}

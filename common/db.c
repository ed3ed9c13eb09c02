#include "db.h"

#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "log.h"
#include "metrics.h"
#include "timeutil.h"

#define MAX_STATEMENTS 128     /* different ones per connection; the code has fewer */
#define RECONNECT_PAUSE_MS 500 /* after a failed connect, calls fail at once for so long */
#define CLIENT_GRACE_MS 1000   /* the server is given this much more than its own statement_timeout */
#define LOCK_TIMEOUT_SHARE 4   /* lock_timeout = 3/4 of statement_timeout */
#define IDLE_MS                                                                                                        \
    2000 /* a process paused within a transaction holds its locks no longer: less than a sale waits for one */
#define OPTIONS_MAX 512
#define LABELS_MAX 96

struct prepared {
    const struct db_stmt *st;
    struct metric *seconds;
};

struct db {
    PGconn *conn; /* NULL: not connected */
    char *url, *application, *options;
    int timeout_ms;
    bool
        in_transaction; /* stays true after a loss until db_commit() or db_rollback(): nothing may run outside unnoticed */
    bool outage_logged;
    int64_t retry_at;
    char sqlstate[6];
    struct prepared prepared[MAX_STATEMENTS];
    size_t n_prepared;
};

/* ---- outcomes ---- */

struct outcome {
    const char *prefix; /* of the SQLSTATE */
    enum db_rc rc;
};
static const struct outcome outcomes[] = {
    {"40001", DB_RETRY},
    {"40P01", DB_RETRY},
    {"57014", DB_TIMEOUT},
    {"55P03", DB_TIMEOUT},
    {"23505", DB_UNIQUE},
    {"23514", DB_CHECK},
    {"23503", DB_CHECK},
    {"23502", DB_CHECK},
    {"57P0", DB_LOST},
    {"08", DB_LOST},
    {"25P03", DB_LOST},
    {"25006", DB_LOST /* no longer the primary */},
    {"53", DB_TIMEOUT /* out of memory, locks or space: not now */},
};
static const struct {
    const char *name;
    enum log_level level;
} classes[] = {
    [DB_OK] = {"ok", LOG_DEBUG},         [DB_LOST] = {"lost", LOG_WARNING},
    [DB_RETRY] = {"retry", LOG_INFO},    [DB_TIMEOUT] = {"timeout", LOG_WARNING},
    [DB_UNIQUE] = {"unique", LOG_DEBUG}, [DB_CHECK] = {"check", LOG_WARNING},
    [DB_ERROR] = {"error", LOG_ERROR},
};

static enum db_rc classify(const char *sqlstate) {
    for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++)
        if (strncmp(sqlstate, outcomes[i].prefix, strlen(outcomes[i].prefix)) == 0) return outcomes[i].rc;
    return DB_ERROR;
}

/* Messages of classes 22 and 23 quote values, which may be personal: their SQLSTATE and constraint must do. */
static void report(const struct db *db, enum db_rc rc, const char *what, const PGresult *r, const char *reason) {
    char labels[LABELS_MAX];
    snprintf(labels, sizeof labels, "class=\"%s\"", classes[rc].name);
    metric_add(metric_get(METRIC_COUNTER, "db_failures_total", labels, "Failed statements by class"), 1);
    const char *constraint = r ? PQresultErrorField(r, PG_DIAG_CONSTRAINT_NAME) : NULL;
    const char *message = r ? PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY) : reason;
    if (strncmp(db->sqlstate, "22", 2) == 0 || strncmp(db->sqlstate, "23", 2) == 0) message = NULL;
    log_write(classes[rc].level, NULL, "statement failed", "statement", what, "class", classes[rc].name, "sqlstate",
              db->sqlstate, "constraint", constraint ? constraint : "", "reason", message ? message : "", NULL);
}

/* ---- connection ---- */

/* The URL's own options with our limits behind them, so that ours win. NULL: bad URL or out of memory. */
static char *build_options(const char *url, int timeout_ms) {
    char *problem = NULL;
    PQconninfoOption *parsed = PQconninfoParse(url, &problem);
    char *text = NULL;
    if (!parsed) {
        log_error("DATABASE_URL cannot be parsed");
        goto out;
    }
    const char *own = "";
    for (const PQconninfoOption *o = parsed; o->keyword; o++)
        if (strcmp(o->keyword, "options") == 0 && o->val) own = o->val;
    text = malloc(OPTIONS_MAX);
    if (!text) goto out;
    int n = snprintf(text, OPTIONS_MAX,
                     "%s -c statement_timeout=%d -c lock_timeout=%d -c idle_in_transaction_session_timeout=%d", own,
                     timeout_ms, timeout_ms - timeout_ms / LOCK_TIMEOUT_SHARE, IDLE_MS);
    if (n < 0 || n >= OPTIONS_MAX) {
        log_error("DATABASE_URL has too many options");
        free(text);
        text = NULL;
    }
out:
    PQfreemem(problem);
    PQconninfoFree(parsed);
    return text;
}

struct db *db_open(const char *url, const char *application, int statement_timeout_ms) {
    struct db *db = calloc(1, sizeof *db);
    if (!db) return NULL;
    db->timeout_ms = statement_timeout_ms;
    db->url = strdup(url);
    db->application = strdup(application);
    db->options = build_options(url, statement_timeout_ms);
    if (!db->url || !db->application || !db->options) db_close(&db);
    return db;
}

void db_close(struct db **db) {
    if (!*db) return;
    db_drop(*db);
    free((*db)->url);
    free((*db)->application);
    free((*db)->options);
    free(*db);
    *db = NULL;
}

void db_drop(struct db *db) {
    PQfinish(db->conn);
    db->conn = NULL;
    db->n_prepared = 0;
}

static void ignore_notice(void *arg, const PGresult *r) {
    (void)arg;
    (void)r;
}

static bool connect_now(struct db *db) {
    int64_t now = time_mono_ms();
    if (now < db->retry_at) return false;
    const char *const options[][2] = {
        {"dbname", db->url}, /* the whole URL; what follows wins over it */
        {"application_name", db->application},
        {"options", db->options},
        {"connect_timeout", "3"},
        {"keepalives_idle", "15"},
        {"keepalives_interval", "5"},
        {"keepalives_count", "3"},
        {"tcp_user_timeout", "10000"},
        {"target_session_attrs", "read-write"},
        {"client_encoding", "UTF8"},
    };
    enum { N = sizeof options / sizeof *options };
    const char *keys[N + 1] = {NULL}, *values[N + 1] = {NULL};
    for (size_t i = 0; i < N; i++) {
        keys[i] = options[i][0];
        values[i] = options[i][1];
    }
    db->conn = PQconnectdbParams(keys, values, 1);
    if (PQstatus(db->conn) == CONNECTION_OK && PQsetnonblocking(db->conn, 1) == 0) {
        PQsetNoticeReceiver(db->conn, ignore_notice, NULL);
        if (db->outage_logged) log_info("database connection is back");
        db->outage_logged = false;
        return true;
    }
    if (!db->outage_logged) log_warn("no database connection", "reason", PQerrorMessage(db->conn));
    db->outage_logged = true;
    db_drop(db);
    db->retry_at = time_mono_ms() + RECONNECT_PAUSE_MS;
    return false;
}

/* Connected, or connects where that cannot hide a broken transaction. */
static bool ensure(struct db *db) {
    db->sqlstate[0] = '\0';
    if (db->conn && PQstatus(db->conn) != CONNECTION_OK) db_drop(db);
    if (db->conn) return true;
    return !db->in_transaction && connect_now(db);
}

/* An idle connection the server has closed is readable, first its farewell, then the end: seen here, before a statement is
 * risked on it. */
static void notice_close(struct db *db) {
    if (db->in_transaction) return;
    while (db->conn) {
        struct pollfd p = {.fd = PQsocket(db->conn), .events = POLLIN};
        if (poll(&p, 1, 0) <= 0) return;
        if (!PQconsumeInput(db->conn)) db_drop(db);
    }
}

bool db_alive(struct db *db) {
    notice_close(db);
    return ensure(db);
}

/* ---- statements ---- */

/* Until a result can be read without blocking. False: connection lost or time over. */
static bool await(struct db *db, int64_t until) {
    for (;;) {
        int unsent = PQflush(db->conn);
        if (unsent < 0) return false;
        if (unsent == 0 && !PQisBusy(db->conn)) return true;
        int64_t left = until ? until - time_mono_ms() : -1;
        struct pollfd p = {.fd = PQsocket(db->conn), .events = (short)(unsent ? POLLIN | POLLOUT : POLLIN)};
        /* Looked at once even when time is over: it may be we who were paused. */
        int n = poll(&p, 1, until && left < 0 ? 0 : (int)left);
        if (n == 0 || (n < 0 && errno != EINTR)) return false;
        if (n > 0 && (p.revents & ~POLLOUT) && !PQconsumeInput(db->conn)) return false;
    }
}

/* Reads all results of what was sent. Keeps the last good one, or reports the first failure. */
static enum db_rc collect(struct db *db, const char *what, PGresult **kept) {
    int64_t until = db->timeout_ms ? time_mono_ms() + db->timeout_ms + CLIENT_GRACE_MS : 0;
    enum db_rc rc = DB_OK;
    PGresult *last = NULL;
    for (;;) {
        if (!await(db, until)) {
            bool late = until && PQstatus(db->conn) == CONNECTION_OK;
            if (rc == DB_OK) report(db, DB_LOST, what, NULL, late ? "no answer in time" : "connection lost");
            rc = DB_LOST;
            break;
        }
        PGresult *r = PQgetResult(db->conn);
        if (!r) break;
        ExecStatusType status = PQresultStatus(r);
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && rc == DB_OK) {
            const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
            snprintf(db->sqlstate, sizeof db->sqlstate, "%s", state ? state : "08006");
            rc = classify(db->sqlstate);
            report(db, rc, what, r, NULL);
        }
        PQclear(last);
        last = r;
    }
    if (rc != DB_OK || !kept)
        PQclear(last);
    else
        *kept = last;
    /* 0A000, 26000: a prepared plan the schema has outgrown. A new connection prepares again. */
    if (rc == DB_LOST || strcmp(db->sqlstate, "0A000") == 0 || strcmp(db->sqlstate, "26000") == 0) db_drop(db);
    return rc;
}

static enum db_rc not_sent(struct db *db, const char *what) {
    report(db, DB_LOST, what, NULL, "could not send");
    db_drop(db);
    return DB_LOST;
}

/* The statement's place in this connection, preparing it on first use. */
static enum db_rc prepare(struct db *db, const struct db_stmt *st, const struct prepared **out) {
    for (size_t i = 0; i < db->n_prepared; i++)
        if (db->prepared[i].st == st) {
            *out = &db->prepared[i];
            return DB_OK;
        }
    if (db->n_prepared == MAX_STATEMENTS) abort();
    if (!PQsendPrepare(db->conn, st->name, st->sql, 0, NULL)) return not_sent(db, st->name);
    enum db_rc rc = collect(db, st->name, NULL);
    if (rc != DB_OK) return rc;
    char labels[LABELS_MAX];
    snprintf(labels, sizeof labels, "statement=\"%s\"", st->name);
    struct prepared *p = &db->prepared[db->n_prepared++];
    *p = (struct prepared){st, metric_get(METRIC_HISTOGRAM, "db_statement_seconds", labels, "Time of a statement")};
    *out = p;
    return DB_OK;
}

enum db_rc db_exec(struct db *db, const struct db_stmt *st, const struct db_args *args, struct db_res **res) {
    if (res) *res = NULL;
    int n = args ? args->n : 0;
    if (n > DB_MAX_ARGS) {
        log_error("statement arguments do not fit", "statement", st->name);
        return DB_ERROR;
    }
    notice_close(db);
    if (!ensure(db)) return DB_LOST;
    const struct prepared *p = NULL;
    enum db_rc rc = prepare(db, st, &p);
    if (rc != DB_OK) return rc;
    struct metric *seconds = p->seconds;
    int64_t started = time_mono_us();
    if (!PQsendQueryPrepared(db->conn, st->name, n, n ? args->v : NULL, NULL, NULL, 0)) return not_sent(db, st->name);
    PGresult *r = NULL;
    rc = collect(db, st->name, &r);
    metric_observe_us(seconds, time_mono_us() - started);
    if (res)
        *res = (struct db_res *)r;
    else
        PQclear(r);
    return rc;
}

static enum db_rc run_text(struct db *db, const char *what, const char *sql, PGresult **r) {
    if (!ensure(db)) return DB_LOST;
    if (!PQsendQuery(db->conn, sql)) return not_sent(db, what);
    return collect(db, what, r);
}

enum db_rc db_script(struct db *db, const char *sql) {
    notice_close(db);
    return run_text(db, "script", sql, NULL);
}

enum db_rc db_begin(struct db *db) {
    if (db->in_transaction) abort(); /* a caller forgot to end the last one */
    notice_close(db);
    enum db_rc rc = run_text(db, "BEGIN", "BEGIN", NULL);
    db->in_transaction = rc == DB_OK;
    return rc;
}

enum db_rc db_commit(struct db *db) {
    PGresult *r = NULL;
    enum db_rc rc = run_text(db, "COMMIT", "COMMIT", &r);
    db->in_transaction = false;
    /* COMMIT of a failed transaction succeeds as ROLLBACK. */
    if (rc == DB_OK && strcmp(PQcmdStatus(r), "COMMIT") != 0) rc = DB_ERROR;
    PQclear(r);
    return rc;
}

void db_rollback(struct db *db) {
    if (!db->in_transaction) return;
    char cause[sizeof db->sqlstate]; /* what the caller rolls back for is still the last failure */
    memcpy(cause, db->sqlstate, sizeof cause);
    if (db->conn && run_text(db, "ROLLBACK", "ROLLBACK", NULL) != DB_OK) db_drop(db);
    memcpy(db->sqlstate, cause, sizeof cause);
    db->in_transaction = false;
}

const char *db_sqlstate(const struct db *db) { return db->sqlstate; }

/* ---- results: struct db_res is a PGresult under a name of ours ---- */

static const PGresult *pg(const struct db_res *r) { return (const PGresult *)r; }

int db_rows(const struct db_res *r) { return PQntuples(pg(r)); }

bool db_null(const struct db_res *r, int row, int col) { return PQgetisnull(pg(r), row, col); }

const char *db_text(const struct db_res *r, int row, int col) { return PQgetvalue(pg(r), row, col); }

const char *db_text_copy(struct arena *a, const struct db_res *r, int row, int col) {
    return db_null(r, row, col) ? NULL : arena_strdup(a, db_text(r, row, col));
}

int64_t db_int(const struct db_res *r, int row, int col) { return strtoll(db_text(r, row, col), NULL, 10); }

bool db_bool(const struct db_res *r, int row, int col) { return db_text(r, row, col)[0] == 't'; }

int64_t db_affected(const struct db_res *r) { return strtoll(PQcmdTuples((PGresult *)r), NULL, 10); }

void db_free(struct db_res **r) {
    PQclear((PGresult *)*r);
    *r = NULL;
}

/* db - the only user of libpq. One struct db = one connection = one thread at a time. Reconnects by itself before a
 * statement outside of a transaction; never repeats a statement by itself. Parameters only: no SQL is ever built from input.
 *
 * SQL text appears only in *_store.c. A statement is a static struct db_stmt, prepared on first use of each connection. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct db;
struct db_res;

enum db_rc {
    DB_OK,
    DB_LOST,    /* connection lost or not to be had: if a statement was under way its outcome is unknown */
    DB_RETRY,   /* 40001, 40P01: rolled back, do the whole transaction again */
    DB_TIMEOUT, /* 57014, 55P03, 53: rolled back, the database is busy or short of something */
    DB_UNIQUE,  /* 23505 */
    DB_CHECK,   /* 23514, 23503, 23502: a constraint refused an impossible state */
    DB_ERROR    /* anything else: logged with its SQLSTATE */
};

struct db_stmt {
    const char *name;
    const char *sql;
};

/* Arguments of one statement, text format, built in an arena; at most DB_MAX_ARGS. */
#define DB_MAX_ARGS 40
struct db_args {
    struct arena *arena;
    const char *v[DB_MAX_ARGS];
    int n;
};
static inline struct db_args db_args(struct arena *a) { return (struct db_args){.arena = a}; }
void db_arg_text(struct db_args *a, const char *s); /* NULL: SQL NULL; not copied */
void db_arg_int(struct db_args *a, int64_t v);
void db_arg_bool(struct db_args *a, bool v);
void db_arg_null(struct db_args *a);
void db_arg_time(struct db_args *a, int64_t ms); /* timestamptz; 0: NULL */
/* Array literals for unnest(): */
void db_arg_ints(struct db_args *a, const int64_t *v, size_t n);
void db_arg_texts(struct db_args *a, const char *const *v, size_t n); /* NULL members become NULL */

/* `url` as DATABASE_URL; timeouts in ms for every statement. Connects lazily. NULL: out of memory. */
struct db *db_open(const char *url, const char *application, int statement_timeout_ms);
void db_close(struct db **db);
/* True when connected now (connects if need be, waiting at most 3 s). */
bool db_alive(struct db *db);
/* Runs one prepared statement. *res is NULL unless DB_OK; free it with db_free(). `res` may be NULL. */
enum db_rc db_exec(struct db *db, const struct db_stmt *st, const struct db_args *args, struct db_res **res);
/* Runs text of several statements without parameters or results: migrations, BEGIN, SET. */
enum db_rc db_script(struct db *db, const char *sql);
enum db_rc db_begin(struct db *db);
enum db_rc db_commit(struct db *db); /* DB_LOST: unknown whether it committed */
void db_rollback(struct db *db);
/* Cuts the connection (fault points, shutdown). */
void db_drop(struct db *db);
/* SQLSTATE of the last failure, "" after success. */
const char *db_sqlstate(const struct db *db);

int db_rows(const struct db_res *r);
bool db_null(const struct db_res *r, int row, int col);
const char *db_text(const struct db_res *r, int row, int col); /* "" when NULL; valid until db_free */
int64_t db_int(const struct db_res *r, int row, int col);      /* 0 when NULL */
/* A copy that outlives the result; NULL when the column is, or the arena has no room. */
const char *db_text_copy(struct arena *a, const struct db_res *r, int row, int col);
bool db_bool(const struct db_res *r, int row, int col);
/* Rows touched by an INSERT, UPDATE or DELETE without RETURNING. */
int64_t db_affected(const struct db_res *r);
void db_free(struct db_res **r);

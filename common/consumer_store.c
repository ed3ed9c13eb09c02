#include "consumer_store.h"

#include <stdio.h>
#include <string.h>

static struct db_args names(struct arena *a, const char *consumer, const char *source) {
    struct db_args args = db_args(a);
    db_arg_text(&args, consumer);
    db_arg_text(&args, source);
    return args;
}

enum db_rc consumer_store_cursor(struct db *db, const char *consumer, const char *source,
                                 char cursor[EVENT_CURSOR_MAX]) {
    static const struct db_stmt add = {"consumer_add", "INSERT INTO consumer_cursors (consumer, source, cursor)"
                                                       " VALUES ($1, $2, '') ON CONFLICT DO NOTHING"};
    static const struct db_stmt get = {"consumer_cursor",
                                       "SELECT cursor FROM consumer_cursors WHERE consumer = $1 AND source = $2"};
    struct db_args args = names(NULL, consumer, source);
    struct db_res *res = NULL;
    enum db_rc rc = db_exec(db, &add, &args, NULL);
    if (rc == DB_OK) rc = db_exec(db, &get, &args, &res);
    if (rc != DB_OK) return rc;
    if (db_rows(res) == 1)
        snprintf(cursor, EVENT_CURSOR_MAX, "%s", db_text(res, 0, 0));
    else
        rc = DB_ERROR;
    db_free(&res);
    return rc;
}

enum db_rc consumer_store_lock(struct db *db, const char *consumer, const char *source, const char *cursor,
                               bool *stands) {
    static const struct db_stmt lock = {"consumer_lock", "SELECT cursor FROM consumer_cursors"
                                                         " WHERE consumer = $1 AND source = $2 FOR UPDATE"};
    struct db_args args = names(NULL, consumer, source);
    struct db_res *res = NULL;
    enum db_rc rc = db_exec(db, &lock, &args, &res);
    if (rc != DB_OK) return rc;
    *stands = db_rows(res) == 1 && strcmp(db_text(res, 0, 0), cursor) == 0;
    db_free(&res);
    return DB_OK;
}

enum db_rc consumer_store_move(struct db *db, const char *consumer, const char *source, const char *cursor) {
    static const struct db_stmt move = {"consumer_move", "UPDATE consumer_cursors SET cursor = $3"
                                                         " WHERE consumer = $1 AND source = $2"};
    struct db_args args = names(NULL, consumer, source);
    db_arg_text(&args, cursor);
    return db_exec(db, &move, &args, NULL);
}

enum db_rc consumer_store_park(struct db *db, struct arena *a, const char *consumer, const char *source,
                               const struct event *e, const char *error) {
    static const struct db_stmt park = {
        "consumer_park", "INSERT INTO parked_events (consumer, source, cursor, type, entity, version, payload, error)"
                         " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"};
    struct db_args args = names(a, consumer, source);
    db_arg_text(&args, e->cursor);
    db_arg_text(&args, e->type);
    db_arg_text(&args, e->entity);
    db_arg_int(&args, e->version);
    db_arg_text(&args, e->payload);
    db_arg_text(&args, error);
    return db_exec(db, &park, &args, NULL);
}

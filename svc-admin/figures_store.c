#include "figures_store.h"
#include "common/arena.h"

enum db_rc figures_store_lock(struct db *db) {
    static const struct db_stmt stmt = {"figures_lock", "SELECT lock_figures()"};
    const struct db_args args = db_args(NULL);
    struct db_res *res = NULL;
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc == DB_OK && !db_bool(res, 0, 0)) rc = DB_RETRY;
    db_free(&res);
    return rc;
}

enum db_rc figures_store_note(struct db *db, struct arena *a, const char *service, const struct event *events,
                              size_t n) {
    static const struct db_stmt stmt = {"figures_note", "SELECT note_facts($1, $2, $3, $4, $5, $6::jsonb[])"};
    const char **types = arena_alloc(a, n * sizeof *types), **entities = arena_alloc(a, n * sizeof *entities),
               **payloads = arena_alloc(a, n * sizeof *payloads);
    int64_t *versions = arena_alloc(a, n * sizeof *versions), *at = arena_alloc(a, n * sizeof *at);
    if (types == NULL || entities == NULL || payloads == NULL || versions == NULL || at == NULL) return DB_ERROR;
    for (size_t i = 0; i < n; i++) {
        types[i] = events[i].type;
        entities[i] = events[i].entity;
        versions[i] = events[i].version;
        at[i] = events[i].created_ms;
        payloads[i] = events[i].payload;
    }
    struct db_args args = db_args(a);
    db_arg_text(&args, service);
    db_arg_texts(&args, types, n);
    db_arg_texts(&args, entities, n);
    db_arg_ints(&args, versions, n);
    db_arg_ints(&args, at, n);
    db_arg_texts(&args, payloads, n);
    return db_exec(db, &stmt, &args, NULL);
}

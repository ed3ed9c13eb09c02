#include "facts_store.h"
#include "common/arena.h"

enum db_rc facts_store_note(struct db *db, struct arena *a, const struct event *events, size_t n, struct issue **issues,
                            size_t *n_issues) {
    static const struct db_stmt stmt = {"note_facts", "SELECT " CODE_WISHES " FROM note_facts($1, $2, $3, $4)"};
    const char **types = arena_alloc(a, n * sizeof *types), **entities = arena_alloc(a, n * sizeof *entities),
               **payloads = arena_alloc(a, n * sizeof *payloads);
    int64_t *versions = arena_alloc(a, n * sizeof *versions);
    if (types == NULL || entities == NULL || payloads == NULL || versions == NULL) return DB_ERROR;
    for (size_t i = 0; i < n; i++) {
        types[i] = events[i].type;
        entities[i] = events[i].entity;
        versions[i] = events[i].version;
        payloads[i] = events[i].payload;
    }
    struct db_args args = db_args(a);
    db_arg_texts(&args, types, n);
    db_arg_texts(&args, entities, n);
    db_arg_ints(&args, versions, n);
    db_arg_texts(&args, payloads, n);
    return code_store_wishes(db, a, &stmt, &args, issues, n_issues);
}

enum db_rc facts_store_claimed(struct db *db, struct arena *a, const struct event *events, size_t n,
                               const int64_t **ids, size_t *n_ids) {
    static const struct db_stmt stmt = {
        "facts_claimed", "SELECT o.id FROM orders o WHERE o.order_number = ANY ($1) AND EXISTS "
                         "(SELECT FROM scans s WHERE s.order_id = o.id AND s.claim AND s.undone_at IS NULL)"};
    const char **entities = arena_alloc(a, n * sizeof *entities);
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    if (entities == NULL) return DB_ERROR;
    for (size_t i = 0; i < n; i++) entities[i] = events[i].entity;
    db_arg_texts(&args, entities, n);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc != DB_OK) return rc;
    int64_t *found = arena_alloc(a, (size_t)(db_rows(res) + 1) * sizeof *found);
    *n_ids = 0;
    for (int i = 0; found != NULL && i < db_rows(res); i++) found[(*n_ids)++] = db_int(res, i, 0);
    *ids = found;
    db_free(&res);
    return found != NULL ? DB_OK : DB_ERROR;
}

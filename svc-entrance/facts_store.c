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

#include "retention_store.h"
#include "arena.h"

/* A walk by age never ends: it goes on where it stands as time passes. */
static bool by_age(const struct retention_walk *walk) { return walk->before_ms != 0; }

enum db_rc retention_store_begin(struct db *db, struct arena *a, struct retention_walk *walk, bool *under_way) {
    static const struct db_stmt begin = {
        "retention_begin",
        "INSERT INTO retention_walks AS w (rule, exhibitions) VALUES ($1, $2) ON CONFLICT (rule) DO UPDATE "
        "SET place = '', exhibitions = excluded.exhibitions, ended_at = NULL WHERE w.ended_at IS NOT NULL "
        "AND (NOT excluded.exhibitions <@ w.exhibitions OR w.ended_at < now() - $3 * interval '1 day')"};
    static const struct db_stmt look = {
        "retention_look", "SELECT place FROM retention_walks WHERE rule = $1 AND ended_at IS NULL FOR UPDATE"};
    struct db_args args = db_args(a), name = db_args(a);
    struct db_res *res = NULL;
    db_arg_text(&args, walk->rule);
    db_arg_ints(&args, walk->exhibitions, walk->n_exhibitions);
    db_arg_int(&args, walk->again_days);
    db_arg_text(&name, walk->rule);
    enum db_rc rc = db_exec(db, &begin, &args, NULL);
    if (rc == DB_OK) rc = db_exec(db, &look, &name, &res);
    if (rc != DB_OK) return rc;
    *under_way = db_rows(res) == 1;
    walk->place = *under_way ? arena_strdup(a, db_text(res, 0, 0)) : "";
    db_free(&res);
    return walk->place != NULL ? DB_OK : DB_ERROR;
}

enum db_rc retention_store_page(struct db *db, struct arena *a, const struct db_stmt *rule, struct retention_walk *walk,
                                int64_t limit, int64_t *looked, int64_t *erased) {
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    db_arg_text(&args, walk->place);
    db_arg_int(&args, limit);
    if (by_age(walk))
        db_arg_time(&args, walk->before_ms);
    else
        db_arg_ints(&args, walk->exhibitions, walk->n_exhibitions);
    enum db_rc rc = db_exec(db, rule, &args, &res);
    if (rc != DB_OK) return rc;
    *looked = db_int(res, 0, 0);
    *erased = db_int(res, 0, 1);
    walk->place = arena_strdup(a, db_text(res, 0, 2));
    db_free(&res);
    return walk->place != NULL ? DB_OK : DB_ERROR;
}

enum db_rc retention_store_move(struct db *db, struct arena *a, const struct retention_walk *walk, bool at_end) {
    static const struct db_stmt move = {"retention_move",
                                        "UPDATE retention_walks SET place = CASE WHEN $3 THEN '' ELSE $2 END, "
                                        "ended_at = CASE WHEN $3 THEN now() END WHERE rule = $1"};
    struct db_args args = db_args(a);
    db_arg_text(&args, walk->rule);
    db_arg_text(&args, walk->place);
    db_arg_bool(&args, at_end && !by_age(walk));
    return db_exec(db, &move, &args, NULL);
}

#include "sync_store.h"
#include <string.h>
#include "common/arena.h"

enum db_rc sync_store_again(struct db *db, struct arena *a, const char *scanner, struct sync_row *const *rows,
                            size_t n) {
    static const struct db_stmt find = {
        "sync_find",
        "SELECT u.i - 1, s.conflict, CASE WHEN s.offline THEN s.answer END "
        "FROM unnest($1::text[]) WITH ORDINALITY u (scan_id, i) JOIN scans s USING (scan_id) WHERE s.scanner = $2"};
    const char **all = arena_alloc(a, (n + 1) * sizeof *all);
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    if (n == 0) return DB_OK;
    if (all == NULL) return DB_ERROR;
    for (size_t i = 0; i < n; i++) all[i] = rows[i]->scan_id;
    db_arg_texts(&args, all, n);
    db_arg_text(&args, scanner);
    enum db_rc rc = db_exec(db, &find, &args, &res);
    for (int i = 0; rc == DB_OK && i < db_rows(res); i++) {
        struct sync_row *r = rows[db_int(res, i, 0)];
        r->result = SYNC_DUPLICATE;
        r->conflict = db_text_copy(a, res, i, 1);
        r->first = db_text_copy(a, res, i, 2);
    }
    db_free(&res);
    return rc;
}

#include "entries_store.h"
#include "common/json.h"

enum db_rc entries_store_note(struct db *db, struct arena *a, const char *orders, struct strbuf *out) {
    static const struct db_stmt stmt = {"note_entries", "SELECT note_entries($1::jsonb)"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    db_arg_text(&args, orders);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc != DB_OK) return rc;
    struct json_out json = {.b = out};
    json_obj(&json, NULL);
    json_arr(&json, "unknown");
    for (int i = 0; i < db_rows(res); i++) json_put_text(&json, NULL, db_text(res, i, 0));
    json_arr_end(&json);
    json_obj_end(&json);
    db_free(&res);
    return DB_OK;
}

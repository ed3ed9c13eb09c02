#include "common/arena.h"
#include "staff_sql.h"
#include "staff_table.h"

/* clang-format off */
#define EXHIBITION_ROW \
    "SELECT e.id, e.id, e.version, e.code, 0, json_build_object('id', e.id, 'code', e.code, 'name', e.name, " \
    "'description', e.description, 'venue', e.venue, 'start_date', e.start_date, 'end_date', e.end_date, " \
    "'is_active', e.is_active, 'accent_color', e.accent_color, 'image_url', nullif(e.image_url, ''), " \
    "'notices', array_remove(string_to_array(e.notices, E'\\n'), ''), 'hold_seconds', e.hold_seconds, " \
    "'deposit_hours', e.deposit_hours, 'max_per_order', e.max_per_order, 'max_per_phone', e.max_per_phone, " \
    "'visit_date_required', e.visit_date_required, 'refund_policy', e.refund_policy, " \
    "'entry_before_minutes', e.entry_before_minutes, 'entry_after_minutes', e.entry_after_minutes, " \
    "'queue_enabled', e.queue_enabled, 'version', e.version, 'created_at', " SQL_TIME("e.created_at") ", " \
    "'updated_at', " SQL_TIME("e.updated_at") ")::text FROM exhibitions e "

static const struct record_field fields[] = {
    {"code", REC_CODE, 1, 50, true, false},
    {"name", REC_TEXT, 1, 200, true, false},
    {"description", REC_TEXT, 0, 5000, false, true},
    {"venue", REC_TEXT, 0, 200, false, true},
    {"start_date", REC_DATE, 10, 10, true, false},
    {"end_date", REC_DATE, 10, 10, true, false},
    {"is_active", REC_BOOL, 0, 0, false, false},
    {"accent_color", REC_COLOR, 7, 7, false, false},
    {"image_url", REC_URL, 0, 500, false, true},
    {"notices", REC_LINES, 0, 20, false, true},
    {"hold_seconds", REC_INT, 1, 86400, false, false},
    {"deposit_hours", REC_INT, 1, 720, false, false},
    {"max_per_order", REC_INT, 1, 100, false, false},
    {"max_per_phone", REC_INT, 0, 10000, false, false},
    {"visit_date_required", REC_BOOL, 0, 0, false, false},
    {"refund_policy", REC_STEPS, 0, 20, false, false},
    {"entry_before_minutes", REC_INT, 0, 1440, false, false},
    {"entry_after_minutes", REC_INT, 0, 1440, false, false},
    {"queue_enabled", REC_BOOL, 0, 0, false, false},
};

const struct staff_table exhibition_table = {
    .entity = "exhibition",
    .plural = "exhibitions",
    .fields = fields,
    .n_fields = sizeof fields / sizeof *fields,
    .blame = "end_date",
    .list = {"exhibition_list",
             EXHIBITION_ROW "WHERE ($1::text[] IS NULL OR e.code = ANY ($1)) AND e.id > $2 "
             "AND ($4::date IS NULL OR e.end_date >= $4) AND ($5::date IS NULL OR e.start_date <= $5) "
             "ORDER BY e.id LIMIT $3"},
    .lock = {"exhibition_lock", EXHIBITION_ROW "WHERE e.id = $1 FOR UPDATE"},
    .update = {"exhibition_update",
               "UPDATE exhibitions SET " SQL_KEPT("$2", "text", "code") ", " SQL_KEPT("$3", "text", "name") ", "
               SQL_KEPT("$4", "text", "description") ", " SQL_KEPT("$5", "text", "venue") ", "
               SQL_KEPT("$6", "date", "start_date") ", " SQL_KEPT("$7", "date", "end_date") ", "
               SQL_KEPT("$8", "boolean", "is_active") ", " SQL_KEPT("$9", "text", "accent_color") ", "
               SQL_KEPT("$10", "text", "image_url") ", " SQL_KEPT("$11", "text", "notices") ", "
               SQL_KEPT("$12", "int", "hold_seconds") ", " SQL_KEPT("$13", "int", "deposit_hours") ", "
               SQL_KEPT("$14", "int", "max_per_order") ", " SQL_KEPT("$15", "int", "max_per_phone") ", "
               SQL_KEPT("$16", "boolean", "visit_date_required") ", " SQL_KEPT("$17", "jsonb", "refund_policy") ", "
               SQL_KEPT("$18", "int", "entry_before_minutes") ", " SQL_KEPT("$19", "int", "entry_after_minutes") ", "
               SQL_KEPT("$20", "boolean", "queue_enabled") ", version = version + 1, updated_at = now() "
               /* rights and facts hang on the code: once there are orders nobody else may get it */
               "WHERE id = $1 AND (code = coalesce($2::text, code) "
               "OR NOT EXISTS (SELECT FROM orders WHERE exhibition_id = $1))"},
    .halt = {"exhibition_halt", "LOCK TABLE exhibitions, products, time_slots IN ACCESS EXCLUSIVE MODE"},
    .used = {"exhibition_used", "SELECT EXISTS (SELECT FROM orders WHERE exhibition_id = $1)"},
    .remove = {"exhibition_remove",
               "WITH gone AS (DELETE FROM products WHERE exhibition_id = $1), "
               "closed AS (DELETE FROM time_slots WHERE exhibition_id = $1), "
               "empty AS (DELETE FROM pools WHERE exhibition_id = $1) DELETE FROM exhibitions WHERE id = $1"},
};
/* clang-format on */

enum db_rc exhibition_store_find(struct db *db, struct arena *a, int64_t id, struct exhibition_key *key) {
    static const struct db_stmt stmt = {"exhibition_find",
                                        "SELECT code, start_date - DATE '1970-01-01', end_date - DATE '1970-01-01' "
                                        "FROM exhibitions WHERE id = $1 FOR KEY SHARE"};
    struct db_args args = db_args(a);
    struct db_res *r = NULL;
    db_arg_int(&args, id);
    *key = (struct exhibition_key){.id = id};
    enum db_rc rc = db_exec(db, &stmt, &args, &r);
    if (rc == DB_OK && db_rows(r) == 1) {
        key->code = arena_strdup(a, db_text(r, 0, 0));
        key->first_day = (int32_t)db_int(r, 0, 1);
        key->last_day = (int32_t)db_int(r, 0, 2);
    }
    db_free(&r);
    return rc;
}

enum db_rc exhibition_store_known(struct db *db, struct arena *a, const char *code, bool *known) {
    static const struct db_stmt stmt = {"exhibition_known", "SELECT FROM exhibitions WHERE code = $1"};
    struct db_args args = db_args(a);
    struct db_res *r = NULL;
    db_arg_text(&args, code);
    enum db_rc rc = db_exec(db, &stmt, &args, &r);
    if (rc == DB_OK) *known = db_rows(r) == 1;
    db_free(&r);
    return rc;
}

enum db_rc exhibition_store_insert(struct db *db, struct arena *a, const char *code, const char *start, const char *end,
                                   int64_t *id) {
    static const struct db_stmt stmt = {
        "exhibition_insert",
        "INSERT INTO exhibitions (code, name, start_date, end_date, version) VALUES ($1, '', $2, $3, 0) RETURNING id"};
    struct db_args args = db_args(a);
    struct db_res *r = NULL;
    db_arg_text(&args, code);
    db_arg_text(&args, start);
    db_arg_text(&args, end);
    enum db_rc rc = db_exec(db, &stmt, &args, &r);
    if (rc == DB_OK) *id = db_int(r, 0, 0);
    db_free(&r);
    return rc;
}

#include "common/arena.h"
#include "common/timeutil.h"
#include "slot_rule.h"
#include "staff_sql.h"
#include "staff_table.h"

/* clang-format off */
#define SLOT_ROW \
    "SELECT s.id, s.exhibition_id, s.version, e.code, s.pool_id, json_build_object('id', s.id, " \
    "'exhibition_id', s.exhibition_id, 'exhibition_code', e.code, 'date', s.date, " \
    "'starts_at', " SQL_SLOT_TIME("s.date + s.starts_at") ", 'ends_at', " SQL_SLOT_TIME("s.date + s.ends_at") ", " \
    "'capacity', l.total, 'available_quantity', l.available, 'is_active', s.is_active, 'version', s.version)::text " \
    "FROM time_slots s JOIN exhibitions e ON e.id = s.exhibition_id JOIN pools l ON l.id = s.pool_id "

static const struct record_field fields[] = {{"is_active", REC_BOOL, 0, 0, false, false}};

const struct staff_table slot_table = {
    .entity = "slot",
    .plural = "slots",
    .fields = fields,
    .n_fields = sizeof fields / sizeof *fields,
    .size_field = "capacity",
    .blame = "capacity",
    .list = {"slot_list",
             SLOT_ROW "WHERE ($1::text[] IS NULL OR e.code = ANY ($1)) AND s.id > $2 "
             "AND ($4::date IS NULL OR s.date >= $4) AND ($5::date IS NULL OR s.date <= $5) ORDER BY s.id LIMIT $3"},
    .lock = {"slot_lock", SLOT_ROW "WHERE s.id = $1 FOR UPDATE OF s"},
    .update = {"slot_update",
               "UPDATE time_slots SET " SQL_KEPT("$2", "boolean", "is_active") ", "
               "version = version + 1, updated_at = now() WHERE id = $1"},
    .halt = {"slot_halt", "LOCK TABLE time_slots IN ACCESS EXCLUSIVE MODE"},
    .used = {"slot_used",
             "SELECT l.version > 1 + l.resizes FROM time_slots s JOIN pools l ON l.id = s.pool_id WHERE s.id = $1"},
    .remove = {"slot_remove",
               "WITH gone AS (DELETE FROM time_slots WHERE id = $1 RETURNING pool_id) "
               "DELETE FROM pools l USING gone g WHERE l.id = g.pool_id"},
};

static const struct db_stmt insert_stmt = {
    "slot_insert",
    "WITH s AS MATERIALIZED ("
    "  SELECT nextval('pools_id_seq')::int AS pool, DATE '1970-01-01' + u.day::int AS day, "
    "         TIME '00:00' + make_interval(mins => u.starts::int) AS starts, "
    "         TIME '00:00' + make_interval(mins => u.ends::int) AS ends "
    "  FROM unnest($3::bigint[], $4::bigint[], $5::bigint[]) WITH ORDINALITY u (day, starts, ends, ord) "
    "  ORDER BY u.ord), "
    "l AS (INSERT INTO pools (id, exhibition_id, total, available) SELECT pool, $1, $2, $2 FROM s) "
    "INSERT INTO time_slots (exhibition_id, pool_id, date, starts_at, ends_at) "
    "SELECT $1, pool, day, starts, ends FROM s"};
/* clang-format on */

enum db_rc slot_store_insert(struct db *db, struct arena *a, int64_t exhibition_id, const struct slot *slots, size_t n,
                             int64_t capacity) {
    int64_t *days = arena_alloc(a, 3 * n * sizeof *days + 1);
    if (!days) return DB_ERROR;
    int64_t *starts = days + n, *ends = starts + n;
    for (size_t i = 0; i < n; i++) {
        days[i] = slots[i].day;
        starts[i] = slots[i].starts;
        ends[i] = slots[i].ends;
    }
    struct db_args args = db_args(a);
    db_arg_int(&args, exhibition_id);
    db_arg_int(&args, capacity);
    db_arg_ints(&args, days, n);
    db_arg_ints(&args, starts, n);
    db_arg_ints(&args, ends, n);
    return db_exec(db, &insert_stmt, &args, NULL);
}

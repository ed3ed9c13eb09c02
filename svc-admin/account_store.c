#include "account_store.h"
#include "common/arena.h"
#include "common/db_sql.h"

/* clang-format off */
#define ROW "id, username, role, array_to_string(exhibition_codes, ','), is_active, otp_confirmed_at, version, " \
            MS("last_login") ", " MS("created_at") ", password_hash, otp_secret, otp_step"
/* clang-format on */

static struct account read_row(struct arena *a, const struct db_res *res, int row) {
    return (struct account){
        .id = db_int(res, row, 0),
        .username = arena_strdup(a, db_text(res, row, 1)),
        .role = role_parse(db_text(res, row, 2)),
        .scope = arena_strdup(a, db_text(res, row, 3)),
        .active = db_bool(res, row, 4),
        .otp = !db_null(res, row, 5),
        .version = db_int(res, row, 6),
        .last_login_ms = db_int(res, row, 7),
        .created_ms = db_int(res, row, 8),
        .password_hash = arena_strdup(a, db_text(res, row, 9)),
        .otp_secret = db_text_copy(a, res, row, 10),
        .otp_step = db_int(res, row, 11),
    };
}

static bool is_whole(const struct account *a) {
    return a->username != NULL && a->scope != NULL && a->password_hash != NULL;
}

/* A statement that gives at most one row. */
static enum db_rc one(struct db *db, const struct db_stmt *stmt, const struct db_args *args, struct account *account) {
    struct db_res *res = NULL;
    enum db_rc rc = db_exec(db, stmt, args, &res);
    *account = (struct account){.id = 0};
    if (rc == DB_OK && db_rows(res) == 1) {
        *account = read_row(args->arena, res, 0);
        if (!is_whole(account)) rc = DB_ERROR;
    }
    db_free(&res);
    return rc;
}

/* A statement that gives one value. */
static enum db_rc value(struct db *db, const struct db_stmt *stmt, const struct db_args *args, int64_t *out) {
    struct db_res *res = NULL;
    enum db_rc rc = db_exec(db, stmt, args, &res);
    *out = rc == DB_OK && db_rows(res) == 1 ? db_int(res, 0, 0) : 0;
    db_free(&res);
    return rc;
}

/* ---- read ---- */

enum db_rc account_store_by_name(struct db *db, struct arena *a, const char *username, struct account *account) {
    static const struct db_stmt stmt = {"account_by_name", "SELECT " ROW " FROM admin_users WHERE username = $1"};
    struct db_args args = db_args(a);
    db_arg_text(&args, username);
    return one(db, &stmt, &args, account);
}

enum db_rc account_store_find(struct db *db, struct arena *a, int64_t id, struct account *account) {
    static const struct db_stmt stmt = {"account_find", "SELECT " ROW " FROM admin_users WHERE id = $1"};
    struct db_args args = db_args(a);
    db_arg_int(&args, id);
    return one(db, &stmt, &args, account);
}

enum db_rc account_store_lock(struct db *db, struct arena *a, int64_t id, struct account *account) {
    static const struct db_stmt stmt = {"account_lock", "SELECT " ROW " FROM admin_users WHERE id = $1 FOR UPDATE"};
    struct db_args args = db_args(a);
    db_arg_int(&args, id);
    return one(db, &stmt, &args, account);
}

enum db_rc account_store_list(struct db *db, struct arena *a, const struct account_query *q, struct account **rows,
                              size_t *n) {
    static const struct db_stmt stmt = {
        "account_list", "SELECT " ROW " FROM admin_users WHERE id > $1 AND ($2::text IS NULL OR role = $2) "
                        "AND ($3::text IS NULL OR exhibition_codes && ARRAY[$3, '*']) "
                        "AND ($4::text IS NULL OR (role IN ('viewer', 'staff', 'finance') "
                        "                          AND ($4 = '*' OR exhibition_codes <@ string_to_array($4, ',')))) "
                        "ORDER BY id LIMIT $5"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    *n = 0;
    db_arg_int(&args, q->after);
    db_arg_text(&args, q->role != 0 ? role_name(q->role) : NULL);
    db_arg_text(&args, q->exhibition);
    db_arg_text(&args, q->manager_scope);
    db_arg_int(&args, q->limit);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc != DB_OK) return rc;
    *rows = arena_alloc(a, (size_t)(db_rows(res) + 1) * sizeof **rows);
    for (int i = 0; *rows != NULL && i < db_rows(res); i++) {
        (*rows)[*n] = read_row(a, res, i);
        if (!is_whole(&(*rows)[(*n)++])) rc = DB_ERROR;
    }
    db_free(&res);
    return *rows != NULL ? rc : DB_ERROR;
}

enum db_rc account_store_codes_known(struct db *db, struct arena *a, const char *scope, const char *held, bool *known) {
    static const struct db_stmt stmt = {
        "account_codes_known",
        "SELECT (NOT EXISTS (SELECT FROM unnest(string_to_array($1, ',')) c (code) "
        "        WHERE code <> '*' AND code <> ALL (string_to_array($2, ',')) "
        "        AND NOT EXISTS (SELECT FROM figure_exhibitions x WHERE x.code = c.code AND NOT x.gone)))::int"};
    struct db_args args = db_args(a);
    int64_t n;
    db_arg_text(&args, scope);
    db_arg_text(&args, held);
    enum db_rc rc = value(db, &stmt, &args, &n);
    *known = n != 0;
    return rc;
}

/* ---- written by superadmins and managers ---- */

static void arg_row(struct db_args *args, const struct account *account) {
    db_arg_text(args, account->username);
    db_arg_text(args, role_name(account->role));
    db_arg_text(args, account->scope);
    db_arg_bool(args, account->active);
    db_arg_text(args, account->password_hash);
}

enum db_rc account_store_new(struct db *db, struct arena *a, struct account *account) {
    static const struct db_stmt stmt = {
        "account_new", "INSERT INTO admin_users (username, role, exhibition_codes, is_active, password_hash) "
                       "VALUES ($1, $2, string_to_array($3, ','), $4, $5) ON CONFLICT (username) DO NOTHING "
                       "RETURNING " ROW};
    struct db_args args = db_args(a);
    arg_row(&args, account);
    return one(db, &stmt, &args, account);
}

enum db_rc account_store_first(struct db *db, struct arena *a, struct account *account) {
    static const struct db_stmt stmt = {
        "account_first", "INSERT INTO admin_users (username, role, exhibition_codes, is_active, password_hash) "
                         "SELECT $1, $2, string_to_array($3, ','), $4, $5 WHERE NOT EXISTS (SELECT FROM admin_users) "
                         "ON CONFLICT (username) DO NOTHING RETURNING " ROW};
    struct db_args args = db_args(a);
    arg_row(&args, account);
    return one(db, &stmt, &args, account);
}

enum db_rc account_store_any(struct db *db, struct arena *a, bool *any) {
    static const struct db_stmt stmt = {"account_any", "SELECT EXISTS (SELECT FROM admin_users)::int"};
    const struct db_args args = db_args(a);
    int64_t n;
    enum db_rc rc = value(db, &stmt, &args, &n);
    *any = n != 0;
    return rc;
}

enum db_rc account_store_save(struct db *db, struct arena *a, struct account *account) {
    static const struct db_stmt stmt = {
        "account_save", "UPDATE admin_users SET role = $2, exhibition_codes = string_to_array($3, ','), "
                        "is_active = $4, password_hash = $5, version = version + 1 WHERE username = $1 RETURNING " ROW};
    struct db_args args = db_args(a);
    arg_row(&args, account);
    return one(db, &stmt, &args, account);
}

enum db_rc account_store_delete(struct db *db, struct arena *a, int64_t id) {
    static const struct db_stmt stmt = {"account_delete", "DELETE FROM admin_users WHERE id = $1"};
    struct db_args args = db_args(a);
    db_arg_int(&args, id);
    return db_exec(db, &stmt, &args, NULL);
}

enum db_rc account_store_lock_superadmins(struct db *db, struct arena *a) {
    static const struct db_stmt stmt = {
        "account_superadmins_lock", "SELECT pg_advisory_xact_lock(hashtext('superadmins of ' || current_schema()))"};
    const struct db_args args = db_args(a);
    return db_exec(db, &stmt, &args, NULL);
}

enum db_rc account_store_superadmins(struct db *db, struct arena *a, int64_t *n) {
    static const struct db_stmt stmt = {"account_superadmins",
                                        "SELECT count(*) FROM admin_users WHERE role = 'superadmin' AND is_active"};
    const struct db_args args = db_args(a);
    return value(db, &stmt, &args, n);
}

/* ---- of the person ---- */

enum db_rc account_store_signed_in(struct db *db, struct arena *a, int64_t id, int64_t otp_step) {
    static const struct db_stmt stmt = {
        "account_signed_in",
        "UPDATE admin_users SET last_login = now(), otp_step = greatest(otp_step, $2) WHERE id = $1"};
    struct db_args args = db_args(a);
    db_arg_int(&args, id);
    db_arg_int(&args, otp_step);
    return db_exec(db, &stmt, &args, NULL);
}

static enum db_rc forget_codes(struct db *db, struct arena *a, int64_t id) {
    static const struct db_stmt stmt = {"recovery_forget", "DELETE FROM recovery_codes WHERE user_id = $1"};
    struct db_args args = db_args(a);
    db_arg_int(&args, id);
    return db_exec(db, &stmt, &args, NULL);
}

enum db_rc account_store_otp_secret(struct db *db, struct arena *a, int64_t id, const char *sealed) {
    static const struct db_stmt stmt = {"otp_secret",
                                        "UPDATE admin_users SET otp_secret = $2, otp_confirmed_at = NULL, "
                                        "otp_step = 0, version = version + 1 WHERE id = $1"};
    struct db_args args = db_args(a);
    db_arg_int(&args, id);
    db_arg_text(&args, sealed);
    enum db_rc rc = db_exec(db, &stmt, &args, NULL);
    return rc == DB_OK ? forget_codes(db, a, id) : rc;
}

enum db_rc account_store_otp_confirm(struct db *db, struct arena *a, int64_t id, int64_t step,
                                     const char *const *code_hashes, size_t n) {
    static const struct db_stmt confirm = {"otp_confirm", "UPDATE admin_users SET otp_confirmed_at = now(), "
                                                          "otp_step = $2, version = version + 1 WHERE id = $1"};
    static const struct db_stmt keep = {
        "recovery_keep", "INSERT INTO recovery_codes (user_id, code_hash) SELECT $1, unnest($2::text[])"};
    struct db_args args = db_args(a), codes = db_args(a);
    db_arg_int(&args, id);
    db_arg_int(&args, step);
    enum db_rc rc = db_exec(db, &confirm, &args, NULL);
    if (rc != DB_OK) return rc;
    db_arg_int(&codes, id);
    db_arg_texts(&codes, code_hashes, n);
    return db_exec(db, &keep, &codes, NULL);
}

enum db_rc account_store_use_code(struct db *db, struct arena *a, int64_t id, const char *code_hash, bool *used) {
    static const struct db_stmt stmt = {
        "recovery_use", "DELETE FROM recovery_codes WHERE user_id = $1 AND code_hash = $2 RETURNING user_id"};
    struct db_args args = db_args(a);
    int64_t whose;
    db_arg_int(&args, id);
    db_arg_text(&args, code_hash);
    enum db_rc rc = value(db, &stmt, &args, &whose);
    *used = whose != 0;
    return rc;
}

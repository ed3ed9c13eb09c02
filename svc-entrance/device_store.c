#include "device_store.h"
#include "common/arena.h"
#include "common/db_sql.h"

/* Whole seconds: the token says no more. */
#define TOKEN_UNTIL "date_trunc('second', now()) + interval '24 hours'"

static const char *hex_of(struct arena *a, const uint8_t hash[SHA256_LEN]) {
    char *text = arena_alloc(a, 2 * SHA256_LEN + 3);
    if (text == NULL) return NULL;
    text[0] = '\\';
    text[1] = 'x';
    hex_encode(hash, SHA256_LEN, text + 2);
    return text;
}

/* ---- who it is ---- */

enum db_rc device_store_standing(struct db *db, struct arena *a, struct standing *at, size_t n) {
    static const struct db_stmt stmt = {
        "device_standing",
        "SELECT u.ord, u.device = 0 OR h.id IS NOT NULL, d.seen_at < now() - interval '1 minute', "
        "coalesce(h.id, c.id), h.code "
        "FROM unnest($1::bigint[], $2::text[]) WITH ORDINALITY u (device, code, ord) "
        "LEFT JOIN devices d ON d.id = u.device AND d.enrolled_at IS NOT NULL AND d.revoked_at IS NULL "
        "LEFT JOIN exhibitions h ON h.id = d.exhibition_id "
        "LEFT JOIN LATERAL (SELECT e.id FROM exhibitions e WHERE e.code = u.code AND NOT e.gone "
        "ORDER BY e.id DESC LIMIT 1) c ON true"};
    int64_t *device = arena_alloc(a, n * sizeof *device);
    const char **code = arena_alloc(a, n * sizeof *code);
    if (device == NULL || code == NULL) return DB_ERROR;
    for (size_t i = 0; i < n; i++) {
        device[i] = at[i].device;
        code[i] = at[i].exhibition_code;
    }
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    db_arg_ints(&args, device, n);
    db_arg_texts(&args, code, n);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    for (int row = 0; rc == DB_OK && row < db_rows(res); row++) {
        struct standing *s = &at[db_int(res, row, 0) - 1];
        s->known = db_bool(res, row, 1);
        s->silent = db_bool(res, row, 2);
        s->exhibition_id = db_int(res, row, 3);
        if (s->device != 0) s->exhibition_code = arena_strdup(a, db_text(res, row, 4));
    }
    db_free(&res);
    return rc;
}

enum db_rc device_store_seen(struct db *db, struct arena *a, const int64_t *ids, size_t n) {
    /* Whoever is being noted by another call is left to it: nobody waits for this. */
    static const struct db_stmt stmt = {"device_seen",
                                        "UPDATE devices SET seen_at = now() WHERE id IN (SELECT d.id FROM devices d "
                                        "WHERE d.id = ANY ($1) FOR UPDATE SKIP LOCKED)"};
    struct db_args args = db_args(a);
    db_arg_ints(&args, ids, n);
    return db_exec(db, &stmt, &args, NULL);
}

/* ---- its life ---- */

/* A statement that returns id, until, code, name of at most one device. */
static enum db_rc granted(struct db *db, const struct db_stmt *stmt, const struct db_args *args,
                          struct device_grant *g) {
    struct db_res *res = NULL;
    enum db_rc rc = db_exec(db, stmt, args, &res);
    *g = (struct device_grant){.id = 0};
    if (rc == DB_OK && db_rows(res) == 1)
        *g = (struct device_grant){
            .id = db_int(res, 0, 0),
            .until_ms = db_int(res, 0, 1),
            .exhibition_code = arena_strdup(args->arena, db_text(res, 0, 2)),
            .name = arena_strdup(args->arena, db_text(res, 0, 3)),
        };
    db_free(&res);
    return rc;
}

enum db_rc device_store_new(struct db *db, struct arena *a, const char *exhibition_code, const char *name,
                            int64_t made_by, struct device_grant *g) {
    static const struct db_stmt stmt = {
        "device_new", "INSERT INTO devices (exhibition_id, name, enroll_until, created_by) "
                      "SELECT id, $2, now() + interval '10 minutes', $3 FROM exhibitions WHERE code = $1 AND NOT gone "
                      "ORDER BY id DESC LIMIT 1 RETURNING id, " MS("enroll_until") ", $1::text, name"};
    struct db_args args = db_args(a);
    db_arg_text(&args, exhibition_code);
    db_arg_text(&args, name);
    db_arg_int(&args, made_by);
    return granted(db, &stmt, &args, g);
}

enum db_rc device_store_set_code(struct db *db, struct arena *a, int64_t id, const uint8_t hash[SHA256_LEN]) {
    static const struct db_stmt stmt = {"device_set_code", "UPDATE devices SET enroll_hash = $2::bytea WHERE id = $1"};
    struct db_args args = db_args(a);
    db_arg_int(&args, id);
    db_arg_text(&args, hex_of(a, hash));
    return db_exec(db, &stmt, &args, NULL);
}

enum db_rc device_store_enroll(struct db *db, struct arena *a, const uint8_t hash[SHA256_LEN], struct device_grant *g) {
    static const struct db_stmt stmt = {
        "device_enroll",
        "UPDATE devices d SET enroll_hash = NULL, enrolled_at = now(), seen_at = now(), token_until = " TOKEN_UNTIL
        " FROM exhibitions e WHERE e.id = d.exhibition_id AND d.enroll_hash = $1::bytea AND d.enroll_until > now() "
        "AND d.revoked_at IS NULL RETURNING d.id, " MS("d.token_until") ", e.code, d.name"};
    struct db_args args = db_args(a);
    db_arg_text(&args, hex_of(a, hash));
    return granted(db, &stmt, &args, g);
}

enum db_rc device_store_renew(struct db *db, struct arena *a, int64_t id, struct device_grant *g) {
    static const struct db_stmt stmt = {
        "device_renew", "UPDATE devices d SET seen_at = now(), token_until = " TOKEN_UNTIL
                        " FROM exhibitions e WHERE e.id = d.exhibition_id AND d.id = $1 AND d.enrolled_at IS NOT NULL "
                        "AND d.revoked_at IS NULL RETURNING d.id, " MS("d.token_until") ", e.code, d.name"};
    struct db_args args = db_args(a);
    db_arg_int(&args, id);
    return granted(db, &stmt, &args, g);
}

/* ---- for staff ---- */

/* clang-format off */
#define ROW "d.id, d.name, e.code, d.enroll_until > now(), " MS("d.created_at") ", " MS("d.enrolled_at") ", " \
            MS("d.token_until") ", " MS("d.seen_at") ", " MS("d.revoked_at")
/* clang-format on */

static struct device_row read_row(struct arena *a, const struct db_res *res, int row) {
    struct device_row d = {
        .id = db_int(res, row, 0),
        .name = arena_strdup(a, db_text(res, row, 1)),
        .exhibition_code = arena_strdup(a, db_text(res, row, 2)),
        .status = db_bool(res, row, 3) ? DEVICE_WAITING : DEVICE_LAPSED,
        .created_ms = db_int(res, row, 4),
        .enrolled_ms = db_int(res, row, 5),
        .token_until_ms = db_int(res, row, 6),
        .seen_ms = db_int(res, row, 7),
        .revoked_ms = db_int(res, row, 8),
    };
    if (d.enrolled_ms != 0) d.status = DEVICE_ENROLLED;
    if (d.revoked_ms != 0) d.status = DEVICE_REVOKED;
    return d;
}

enum db_rc device_store_list(struct db *db, struct arena *a, const char *const *codes, size_t n_codes, int limit,
                             struct device_row **rows, size_t *n) {
    static const struct db_stmt stmt = {"device_list",
                                        "SELECT " ROW " FROM devices d JOIN exhibitions e ON e.id = d.exhibition_id "
                                        "WHERE $1::text[] IS NULL OR e.code = ANY ($1::text[]) "
                                        "ORDER BY d.revoked_at IS NOT NULL, d.id DESC LIMIT $2"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    *n = 0;
    if (codes == NULL)
        db_arg_null(&args);
    else
        db_arg_texts(&args, codes, n_codes);
    db_arg_int(&args, limit);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc != DB_OK) return rc;
    *rows = arena_alloc(a, (size_t)(db_rows(res) + 1) * sizeof **rows);
    for (int i = 0; *rows != NULL && i < db_rows(res); i++) (*rows)[(*n)++] = read_row(a, res, i);
    db_free(&res);
    return *rows != NULL ? DB_OK : DB_ERROR;
}

enum db_rc device_store_lock(struct db *db, struct arena *a, int64_t id, struct device_row *row) {
    static const struct db_stmt stmt = {"device_lock",
                                        "SELECT " ROW " FROM devices d JOIN exhibitions e ON e.id = d.exhibition_id "
                                        "WHERE d.id = $1 FOR UPDATE OF d"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    db_arg_int(&args, id);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    *row = rc == DB_OK && db_rows(res) == 1 ? read_row(a, res, 0) : (struct device_row){.id = 0};
    db_free(&res);
    return rc;
}

enum db_rc device_store_revoke(struct db *db, struct arena *a, int64_t id) {
    static const struct db_stmt stmt = {"device_revoke",
                                        "UPDATE devices SET revoked_at = now(), enroll_hash = NULL WHERE id = $1"};
    struct db_args args = db_args(a);
    db_arg_int(&args, id);
    return db_exec(db, &stmt, &args, NULL);
}

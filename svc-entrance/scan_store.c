#include "scan_store.h"
#include "common/arena.h"
#include "common/crypto.h"
#include "verdict.h"

static const char *hex(struct arena *a, const uint8_t code_id[CODE_ID_LEN]) {
    char *text = arena_alloc(a, 2 * CODE_ID_LEN + 1);
    if (text != NULL) hex_encode(code_id, CODE_ID_LEN, text);
    return text;
}

static void read_look(struct arena *a, const struct db_res *r, int row, struct scan_look *l) {
    l->id = db_int(r, row, 1);
    l->code_known = db_bool(r, row, 2);
    l->code_current = db_bool(r, row, 3);
    l->repeated = db_bool(r, row, 4);
    l->same = db_bool(r, row, 5);
    l->issued_ms = db_int(r, row, 8);
    l->refused_ms = db_int(r, row, 9);
    l->answer = db_text_copy(a, r, row, 6);
}

enum db_rc scan_store_look(struct db *db, struct arena *a, struct scan_look *const *look, size_t n, int64_t *now_ms) {
    static const struct db_stmt stmt = {
        "scan_look",
        "SELECT q.ord, coalesce(s.id, nextval('scans_id_seq')), c.code_id IS NOT NULL, "
        "coalesce(NOT c.replaced, false), s.id IS NOT NULL, "
        "coalesce(s.code_id = q.code_id AND (q.body IS NULL OR s.body = q.body), false), "
        "CASE WHEN NOT s.offline AND s.undone_at IS NULL THEN s.answer END, "
        "floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint, "
        "floor(extract(epoch FROM c.issued_at) * 1000)::bigint, CASE WHEN NOT s.offline AND NOT s.claim AND "
        "s.conflict IS NULL THEN floor(extract(epoch FROM s.scanned_at) * 1000)::bigint END "
        "FROM (SELECT scan_id, scanner, body, decode(code, 'hex') AS code_id, ord "
        "  FROM unnest($1::text[], $2::text[], $3::text[], $4::uuid[]) "
        "  WITH ORDINALITY u (scan_id, scanner, code, body, ord)) q "
        "LEFT JOIN codes c ON c.code_id = q.code_id "
        "LEFT JOIN scans s ON s.scan_id = q.scan_id AND s.scanner = q.scanner"};
    const char **scan_id = arena_alloc(a, (n + 1) * sizeof *scan_id), **code = arena_alloc(a, (n + 1) * sizeof *code);
    const char **scanner = arena_alloc(a, (n + 1) * sizeof *scanner), **body = arena_alloc(a, (n + 1) * sizeof *body);
    if (scan_id == NULL || scanner == NULL || code == NULL || body == NULL) return DB_ERROR;
    for (size_t i = 0; i < n; i++) {
        scan_id[i] = look[i]->scan_id;
        scanner[i] = look[i]->scanner;
        body[i] = look[i]->body;
        code[i] = hex(a, look[i]->code_id);
    }
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    db_arg_texts(&args, scan_id, n);
    db_arg_texts(&args, scanner, n);
    db_arg_texts(&args, code, n);
    db_arg_texts(&args, body, n);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    for (int row = 0; rc == DB_OK && row < db_rows(res); row++) {
        read_look(a, res, row, look[db_int(res, row, 0) - 1]);
        *now_ms = db_int(res, row, 7);
    }
    db_free(&res);
    return rc;
}

/* Columns of the arrays, one member per scan. */
enum number { ID, ORDER, TICKET, EXHIBITION, ADMIN, SCANNED, OFFLINE, CLAIM, COUNT, ADMITTED, NUMBERS };
enum text { SCAN_ID, CODE_ID, DEVICE, VERDICT, BREAKS, CONFLICT, ANSWER, BODY, TEXTS };
struct columns {
    int64_t *number[NUMBERS];
    const char **text[TEXTS];
};

static bool columns_init(struct columns *c, struct arena *a, size_t n) {
    for (size_t i = 0; i < NUMBERS; i++)
        if ((c->number[i] = arena_alloc(a, (n + 1) * sizeof **c->number)) == NULL) return false;
    for (size_t i = 0; i < TEXTS; i++)
        if ((c->text[i] = arena_alloc(a, (n + 1) * sizeof **c->text)) == NULL) return false;
    return true;
}

static void columns_put(struct columns *c, struct arena *a, size_t i, const struct scan_row *r) {
    const int64_t numbers[NUMBERS] = {
        [ID] = r->id,          [ORDER] = r->order_id,     [TICKET] = r->ticket_id, [EXHIBITION] = r->exhibition_id,
        [ADMIN] = r->admin_id, [SCANNED] = r->scanned_ms, [OFFLINE] = r->offline,  [CLAIM] = r->claim,
        [COUNT] = r->count,    [ADMITTED] = r->admitted};
    const char *texts[TEXTS] = {[SCAN_ID] = r->scan_id,  [CODE_ID] = hex(a, r->code_id),
                                [DEVICE] = r->device_id, [VERDICT] = verdict_name(r->verdict),
                                [BREAKS] = r->breaks,    [CONFLICT] = r->conflict,
                                [ANSWER] = r->answer,    [BODY] = r->body};
    for (size_t k = 0; k < NUMBERS; k++) c->number[k][i] = numbers[k];
    for (size_t k = 0; k < TEXTS; k++) c->text[k][i] = texts[k];
}

enum db_rc scan_store_insert(struct db *db, struct arena *a, const struct scan_row *const *rows, size_t n) {
    static const struct db_stmt stmt = {
        "scan_insert",
        "INSERT INTO scans (id, order_id, ticket_id, exhibition_id, admin_id, scanned_at, offline, claim, count, "
        "  admitted, scan_id, code_id, device_id, verdict, breaks, conflict, answer, body) OVERRIDING SYSTEM VALUE "
        "SELECT id, nullif(o, 0), nullif(t, 0), nullif(e, 0), admin, to_timestamp(ms / 1000.0), offline = 1, "
        "  claim = 1, count, admitted, scan_id, decode(code, 'hex'), device, verdict, breaks, conflict, answer, body "
        "FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], "
        "  $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::text[], $12::text[], $13::text[], "
        "  $14::text[], $15::text[], $16::text[], $17::text[], $18::uuid[]) u (id, o, t, e, admin, ms, offline, "
        "  claim, count, admitted, scan_id, code, device, verdict, breaks, conflict, answer, body)"};
    struct columns c;
    if (n == 0) return DB_OK;
    if (!columns_init(&c, a, n)) return DB_ERROR;
    for (size_t i = 0; i < n; i++) columns_put(&c, a, i, rows[i]);
    struct db_args args = db_args(a);
    for (size_t i = 0; i < NUMBERS; i++) db_arg_ints(&args, c.number[i], n);
    for (size_t i = 0; i < TEXTS; i++) db_arg_texts(&args, c.text[i], n);
    return db_exec(db, &stmt, &args, NULL);
}

enum db_rc scan_store_let_in(struct db *db, struct arena *a, const struct scan_row *row) {
    static const struct db_stmt stmt = {
        "scan_let_in", "UPDATE scans SET order_id = nullif($2::bigint, 0), ticket_id = nullif($3::bigint, 0), "
                       "claim = $4 = 1, count = $5, admitted = $6, breaks = $7, conflict = $8, answer = NULL "
                       "WHERE id = $1"};
    const int64_t numbers[] = {row->id, row->order_id, row->ticket_id, row->claim, row->count, row->admitted};
    struct db_args args = db_args(a);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) db_arg_int(&args, numbers[i]);
    db_arg_text(&args, row->breaks);
    db_arg_text(&args, row->conflict);
    return db_exec(db, &stmt, &args, NULL);
}

enum db_rc scan_store_find(struct db *db, struct arena *a, const char *scan_id, const char *scanner,
                           struct scan_found **found, size_t *n) {
    static const struct db_stmt stmt = {
        "scan_find", "SELECT s.id, s.order_id, e.code, s.claim AND s.undone_at IS NULL FROM scans s "
                     "JOIN orders o ON o.id = s.order_id JOIN exhibitions e ON e.id = o.exhibition_id "
                     "WHERE s.scan_id = $1 AND s.scanner = coalesce($2, s.scanner)"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    *n = 0;
    db_arg_text(&args, scan_id);
    db_arg_text(&args, scanner);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc == DB_OK && (*found = arena_alloc(a, ((size_t)db_rows(res) + 1) * sizeof **found)) == NULL) rc = DB_ERROR;
    for (int row = 0; rc == DB_OK && row < db_rows(res); row++)
        (*found)[(*n)++] = (struct scan_found){
            .id = db_int(res, row, 0),
            .order_id = db_int(res, row, 1),
            .exhibition_code = arena_strdup(a, db_text(res, row, 2)),
            .counts = db_bool(res, row, 3),
        };
    db_free(&res);
    return rc;
}

enum db_rc scan_store_undo(struct db *db, struct arena *a, int64_t id, int64_t by, const char *reason, bool *undone) {
    static const struct db_stmt stmt = {
        "scan_undo", "UPDATE scans SET undone_at = now(), undone_by = $2, undo_reason = $3, admitted = 0 "
                     "WHERE id = $1 AND claim AND undone_at IS NULL"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    db_arg_int(&args, id);
    db_arg_int(&args, by);
    db_arg_text(&args, reason);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    *undone = rc == DB_OK && db_affected(res) == 1;
    db_free(&res);
    return rc;
}

#include "code_store.h"
#include "common/arena.h"
#include "common/crypto.h"

static struct code read_wish(const struct db_res *res, int row) {
    return (struct code){
        .kind = (enum code_kind) * db_text(res, row, 0),
        .id = db_int(res, row, 1),
        .order_id = db_int(res, row, 2),
        .exhibition_id = (uint32_t)db_int(res, row, 3),
        .product_id = (uint32_t)db_int(res, row, 4),
        .visit_day = (int32_t)db_int(res, row, 5),
        .slot_begins = (uint16_t)db_int(res, row, 6),
        .slot_ends = (uint16_t)db_int(res, row, 7),
        .version = (uint16_t)db_int(res, row, 8),
        .issued_s = (uint32_t)db_int(res, row, 9),
    };
}

enum db_rc code_store_wishes(struct db *db, struct arena *a, const struct db_stmt *stmt, const struct db_args *args,
                             struct issue **issues, size_t *n) {
    struct db_res *res = NULL;
    *n = 0;
    enum db_rc rc = db_exec(db, stmt, args, &res);
    if (rc != DB_OK) return rc;
    *issues = arena_alloc(a, (size_t)(db_rows(res) + 1) * sizeof **issues);
    for (int i = 0; *issues != NULL && i < db_rows(res); i++) (*issues)[(*n)++].code = read_wish(res, i);
    db_free(&res);
    return *issues != NULL ? DB_OK : DB_ERROR;
}

struct columns { /* of many codes */
    const char **ids, **texts, **kinds;
    int64_t *refs, *orders, *versions;
};

static bool columns_new(struct columns *c, struct arena *a, size_t n) {
    *c = (struct columns){
        .ids = arena_alloc(a, n * sizeof *c->ids),
        .texts = arena_alloc(a, n * sizeof *c->texts),
        .kinds = arena_alloc(a, n * sizeof *c->kinds),
        .refs = arena_alloc(a, n * sizeof *c->refs),
        .orders = arena_alloc(a, n * sizeof *c->orders),
        .versions = arena_alloc(a, n * sizeof *c->versions),
    };
    return c->ids != NULL && c->texts != NULL && c->kinds != NULL && c->refs != NULL && c->orders != NULL &&
           c->versions != NULL;
}

static const char *id_text(struct arena *a, const char *text) {
    uint8_t id[CODE_ID_LEN];
    char *hex = arena_alloc(a, 2 * CODE_ID_LEN + 1);
    code_id(text, id);
    if (hex != NULL) hex_encode(id, sizeof id, hex);
    return hex;
}

enum db_rc code_store_add(struct db *db, struct arena *a, const struct issue *issues, size_t n) {
    static const struct db_stmt stmt = {"add_codes", "SELECT add_codes($1, $2, $3, $4, $5, $6, $7)"};
    struct columns c;
    if (n == 0) return DB_OK;
    if (!columns_new(&c, a, n)) return DB_ERROR;
    for (size_t i = 0; i < n; i++) {
        const struct code *code = &issues[i].code;
        c.ids[i] = id_text(a, issues[i].text);
        c.texts[i] = issues[i].text;
        c.kinds[i] = code->kind == CODE_TICKET ? "t" : "o";
        c.refs[i] = code->id;
        c.orders[i] = code->order_id;
        c.versions[i] = code->version;
    }
    struct db_args args = db_args(a);
    db_arg_texts(&args, c.ids, n);
    db_arg_texts(&args, c.texts, n);
    db_arg_texts(&args, c.kinds, n);
    db_arg_ints(&args, c.refs, n);
    db_arg_ints(&args, c.orders, n);
    db_arg_ints(&args, c.versions, n);
    db_arg_int(&args, issues[0].code.issued_s);
    return db_exec(db, &stmt, &args, NULL);
}

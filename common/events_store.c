#include <string.h>

#include "arena.h"
#include "body.h"
#include "db.h"
#include "events.h"
#include "json_pick.h"

#define PAGE_BYTES ((size_t)256 * 1024)    /* a page ends with the event that passes this */
#define PAYLOAD_BYTES ((size_t)512 * 1024) /* a longer payload stays here: page and event together fit into a message */
#define MAX_EVENTS 500
#define DEFAULT_EVENTS 100
#define MAX_CURSOR 40
#define MAX_NAMES 40
#define MIN_SCAN 200  /* rows looked at in one go for some types only */
#define MAX_SCAN 2000 /* and in one call, as long as a page is nearly empty */
#define NEARLY_EMPTY(n, limit) ((n)*8 < (limit))

/* A row of a transaction still running could come in before one already handed out; below the oldest running transaction
 * nothing can. Events are small and the index gives them in this order, partition by partition. Rows of types that nobody wants
 * come without their payload: they only say how far we got. */
static const struct db_stmt pull = {
    "events_pull",
    "SELECT xid::text || ':' || id, type, entity, version, floor(extract(epoch FROM created_at) * 1000)::bigint,"
    "       CASE WHEN $3::text[] IS NULL OR type = ANY ($3) THEN payload::text END"
    " FROM events WHERE (xid, id) > ($1::xid8, $2::bigint)"
    " AND xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY xid, id LIMIT $4 + 1"};
enum { COL_CURSOR, COL_TYPE, COL_ENTITY, COL_VERSION, COL_CREATED, COL_PAYLOAD };

struct pull_wish {
    const char *cursor;  /* behind all that was looked at so far */
    const char **types;  /* NULL: all */
    const char **fields; /* of payloads; NULL: all */
    size_t n_types, n_fields;
    int64_t limit;
    bool payloads;
};
struct pull_page {
    int64_t events, looked_at;
    bool more; /* rows behind the cursor */
};

/* "xid:id" as two arguments; "" is the beginning. False: not a cursor of ours. */
static bool arg_cursor(struct db_args *args, const char *cursor) {
    static const char digits[] = "0123456789";
    if (*cursor == '\0') cursor = "0:0";
    size_t xid = strspn(cursor, digits);
    if (xid < 1 || xid > 19 || cursor[xid] != ':') return false;
    const char *id = cursor + xid + 1;
    size_t n = strspn(id, digits);
    if (n < 1 || n > 18 || id[n] != '\0') return false;
    char *copy = arena_strndup(args->arena, cursor, xid);
    if (!copy) return false;
    db_arg_text(args, copy);
    db_arg_text(args, id);
    return true;
}

static void write_payload(struct json_out *o, const char *payload, const struct pull_wish *wish) {
    if (!wish->payloads || strlen(payload) > PAYLOAD_BYTES) {
        json_put_null(o, "payload");
    } else if (wish->fields == NULL) {
        json_put_raw(o, "payload", payload);
    } else {
        json_put_raw(o, "payload", "");
        json_pick(payload, wish->fields, wish->n_fields, o->b);
    }
}

static void write_event(struct json_out *o, const struct db_res *res, int row, const struct pull_wish *wish) {
    json_obj(o, NULL);
    json_put_text(o, "cursor", db_text(res, row, COL_CURSOR));
    json_put_text(o, "type", db_text(res, row, COL_TYPE));
    json_put_text(o, "entity", db_text(res, row, COL_ENTITY));
    json_put_int(o, "version", db_int(res, row, COL_VERSION));
    json_put_time(o, "created_at", db_int(res, row, COL_CREATED));
    write_payload(o, db_text(res, row, COL_PAYLOAD), wish);
    json_obj_end(o);
}

/* Up to `scan` rows that one statement gave, or until the page is full. False: out of memory. */
static bool write_rows(struct json_out *o, struct arena *a, const struct db_res *res, int64_t scan,
                       struct pull_wish *wish, struct pull_page *page) {
    int rows = db_rows(res), row = 0;
    for (; row < rows && row < scan && page->events < wish->limit && o->b->len < PAGE_BYTES; row++) {
        if (db_null(res, row, COL_PAYLOAD)) continue;
        write_event(o, res, row, wish);
        page->events++;
    }
    if (row > 0) wish->cursor = arena_strdup(a, db_text(res, row - 1, COL_CURSOR));
    page->looked_at += row;
    page->more = row < rows;
    return wish->cursor != NULL;
}

static const char **read_names(struct json_in *in, const char *field, size_t *n) {
    if (!json_has(in, field)) return NULL;
    *n = json_array(in, field, 1, MAX_NAMES, JSON_REQUIRED);
    const char **names = arena_alloc(in->arena, (*n + 1) * sizeof *names);
    for (size_t i = 0; names != NULL && i < *n; i++) names[i] = json_item_text(in, field, i, 1, 100);
    return names;
}

static void read_pull(struct json_in *in, void *arg) {
    struct pull_wish *wish = arg;
    const char *after = json_text(in, "after", 0, MAX_CURSOR, JSON_OPTIONAL);
    struct db_args probe = db_args(in->arena);
    if (json_has(in, "limit")) wish->limit = json_int(in, "limit", 1, MAX_EVENTS, JSON_REQUIRED);
    wish->payloads = !json_has(in, "payloads") || json_bool(in, "payloads", JSON_REQUIRED);
    wish->cursor = after ? after : "";
    if (!arg_cursor(&probe, wish->cursor)) json_bad(in, "after", BAD_FORMAT);
    wish->types = read_names(in, "types", &wish->n_types);
    wish->fields = read_names(in, "fields", &wish->n_fields);
}

/* A page that is nearly empty is worth another look: its reader has a transaction for each. */
static enum db_rc pull_page(struct db *db, struct arena *a, struct pull_wish *wish, struct json_out *o,
                            struct pull_page *page) {
    enum db_rc rc = DB_OK;
    do {
        int64_t left = wish->limit - page->events, scan = wish->types != NULL && left < MIN_SCAN ? MIN_SCAN : left;
        struct db_args args = db_args(a);
        struct db_res *res = NULL;
        arg_cursor(&args, wish->cursor);
        if (wish->types != NULL)
            db_arg_texts(&args, wish->types, wish->n_types);
        else
            db_arg_null(&args); /* NULL as an array is every type */
        db_arg_int(&args, scan);
        rc = db_exec(db, &pull, &args, &res);
        if (rc == DB_OK && !write_rows(o, a, res, scan, wish, page)) rc = DB_ERROR;
        db_free(&res);
    } while (rc == DB_OK && page->more && o->b->len < PAGE_BYTES && NEARLY_EMPTY(page->events, wish->limit) &&
             page->looked_at < MAX_SCAN);
    return rc;
}

enum status events_op_pull(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct pull_wish wish = {.limit = DEFAULT_EVENTS};
    struct pull_page page = {.events = 0};
    struct json_out o = {.b = out};
    enum status st = body_read(req, true, read_pull, &wish, out);
    if (st != ST_OK) return st;
    json_obj(&o, NULL);
    json_arr(&o, "events");
    enum db_rc rc = pull_page(w->db, req->arena, &wish, &o, &page);
    if (rc != DB_OK) return rc == DB_ERROR ? ST_INTERNAL : ST_BUSY;
    json_arr_end(&o);
    json_put_text(&o, "cursor", wish.cursor);
    json_put_bool(&o, "more", page.more);
    json_obj_end(&o);
    return strbuf_ok(out) ? ST_OK : ST_INTERNAL;
}

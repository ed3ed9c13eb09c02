#include <string.h>

#include "arena.h"
#include "body.h"
#include "db.h"
#include "events.h"

#define PAGE_BYTES ((size_t)256 * 1024)    /* a page ends with the event that passes this */
#define PAYLOAD_BYTES ((size_t)512 * 1024) /* a longer payload stays here: page and event together fit into a message */
#define MAX_EVENTS 500
#define DEFAULT_EVENTS 100
#define MAX_CURSOR 40
#define MAX_TYPES 40
#define MAX_SCAN 2000 /* rows looked at for some types only */

/* A row of a transaction still running could come in before one already handed out; below the oldest running transaction
 * nothing can. Events are small and the index gives them in this order, partition by partition. Of the rows looked at come
 * the wanted ones, and the last in any case: it is how far we got. */
static const struct db_stmt pull = {
    "events_pull",
    "SELECT xid::text || ':' || id, type, entity, version, floor(extract(epoch FROM created_at) * 1000)::bigint,"
    "       CASE WHEN wanted THEN payload::text END, scanned"
    " FROM (SELECT *, $3::text[] IS NULL OR type = ANY ($3) AS wanted,"
    "              row_number() OVER (ORDER BY xid, id) AS place, count(*) OVER () AS scanned"
    "       FROM (SELECT * FROM events WHERE (xid, id) > ($1::xid8, $2::bigint)"
    "             AND xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY xid, id LIMIT $4) s) w"
    " WHERE wanted OR place = scanned ORDER BY place LIMIT $5 + 1"};
enum { COL_CURSOR, COL_TYPE, COL_ENTITY, COL_VERSION, COL_CREATED, COL_PAYLOAD, COL_SCANNED };

struct pull_wish {
    const char *after;
    struct db_args args;
    int64_t limit, scan;
    bool payloads;
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

static void write_page(const struct db_res *res, const struct pull_wish *wish, struct strbuf *out) {
    struct json_out o = {.b = out};
    const char *cursor = wish->after;
    int rows = db_rows(res), row = 0;
    json_obj(&o, NULL);
    json_arr(&o, "events");
    for (; row < rows && !db_null(res, row, COL_PAYLOAD) && row < wish->limit && out->len < PAGE_BYTES; row++) {
        cursor = db_text(res, row, COL_CURSOR);
        json_obj(&o, NULL);
        json_put_text(&o, "cursor", cursor);
        json_put_text(&o, "type", db_text(res, row, COL_TYPE));
        json_put_text(&o, "entity", db_text(res, row, COL_ENTITY));
        json_put_int(&o, "version", db_int(res, row, COL_VERSION));
        json_put_time(&o, "created_at", db_int(res, row, COL_CREATED));
        const char *payload = db_text(res, row, COL_PAYLOAD);
        json_put_raw(&o, "payload", wish->payloads && strlen(payload) <= PAYLOAD_BYTES ? payload : "null");
        json_obj_end(&o);
    }
    json_arr_end(&o);
    if (row < rows && db_null(res, row, COL_PAYLOAD)) cursor = db_text(res, row++, COL_CURSOR);
    json_put_text(&o, "cursor", cursor);
    json_put_bool(&o, "more", row < rows || (rows > 0 && db_int(res, 0, COL_SCANNED) >= wish->scan));
    json_obj_end(&o);
}

/* NULL as an array is every type. */
static void read_types(struct json_in *in, struct pull_wish *wish) {
    const char *types[MAX_TYPES];
    if (!json_has(in, "types")) {
        db_arg_null(&wish->args);
        return;
    }
    size_t n = json_array(in, "types", 1, MAX_TYPES, JSON_REQUIRED);
    for (size_t i = 0; i < n; i++) types[i] = json_item_text(in, "types", i, 1, 100);
    db_arg_texts(&wish->args, types, n);
    wish->scan = MAX_SCAN;
}

static void read_pull(struct json_in *in, void *arg) {
    struct pull_wish *wish = arg;
    const char *after = json_text(in, "after", 0, MAX_CURSOR, JSON_OPTIONAL);
    if (json_has(in, "limit")) wish->limit = json_int(in, "limit", 1, MAX_EVENTS, JSON_REQUIRED);
    wish->payloads = !json_has(in, "payloads") || json_bool(in, "payloads", JSON_REQUIRED);
    wish->after = after ? after : "";
    wish->scan = wish->limit;
    if (!arg_cursor(&wish->args, wish->after)) json_bad(in, "after", BAD_FORMAT);
    read_types(in, wish);
}

enum status events_op_pull(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct pull_wish wish = {.args = db_args(req->arena), .limit = DEFAULT_EVENTS};
    enum status st = body_read(req, true, read_pull, &wish, out);
    if (st != ST_OK) return st;
    db_arg_int(&wish.args, wish.scan);
    db_arg_int(&wish.args, wish.limit);
    struct db_res *res = NULL;
    enum db_rc rc = db_exec(w->db, &pull, &wish.args, &res);
    if (rc != DB_OK) return rc == DB_ERROR ? ST_INTERNAL : ST_BUSY;
    write_page(res, &wish, out);
    db_free(&res);
    return strbuf_ok(out) ? ST_OK : ST_INTERNAL;
}

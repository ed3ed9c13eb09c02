#include <string.h>

#include "arena.h"
#include "body.h"
#include "db.h"
#include "events.h"

#define PAGE_BYTES ((size_t)512 * 1024) /* a page ends with the event that passes this */
#define MAX_EVENTS 500
#define DEFAULT_EVENTS 100
#define MAX_CURSOR 40

/* A row of a transaction still running could come in before one already handed out; below the oldest running transaction
 * nothing can. Events are small and the index gives them in this order, partition by partition. */
static const struct db_stmt pull = {"events_pull",
                                    "SELECT xid::text || ':' || id, type, entity, version,"
                                    " floor(extract(epoch FROM created_at) * 1000)::bigint, payload::text"
                                    " FROM events WHERE (xid, id) > ($1::xid8, $2::bigint)"
                                    " AND xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY xid, id LIMIT $3"};

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

static void write_page(const struct db_res *res, struct strbuf *out) {
    struct json_out o = {.b = out};
    json_obj(&o, NULL);
    json_arr(&o, "events");
    for (int i = 0; i < db_rows(res) && out->len < PAGE_BYTES; i++) {
        json_obj(&o, NULL);
        json_put_text(&o, "cursor", db_text(res, i, 0));
        json_put_text(&o, "type", db_text(res, i, 1));
        json_put_text(&o, "entity", db_text(res, i, 2));
        json_put_int(&o, "version", db_int(res, i, 3));
        json_put_time(&o, "created_at", db_int(res, i, 4));
        json_put_raw(&o, "payload", db_text(res, i, 5));
        json_obj_end(&o);
    }
    json_arr_end(&o);
    json_obj_end(&o);
}

struct pull_wish {
    struct db_args args;
    int64_t limit;
};

static void read_pull(struct json_in *in, void *arg) {
    struct pull_wish *wish = arg;
    const char *after = json_text(in, "after", 0, MAX_CURSOR, JSON_OPTIONAL);
    if (json_has(in, "limit")) wish->limit = json_int(in, "limit", 1, MAX_EVENTS, JSON_REQUIRED);
    if (!arg_cursor(&wish->args, after ? after : "")) json_bad(in, "after", BAD_FORMAT);
}

enum status events_op_pull(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct pull_wish wish = {.args = db_args(req->arena), .limit = DEFAULT_EVENTS};
    enum status st = body_read(req, true, read_pull, &wish, out);
    if (st != ST_OK) return st;
    db_arg_int(&wish.args, wish.limit);
    struct db_res *res = NULL;
    enum db_rc rc = db_exec(w->db, &pull, &wish.args, &res);
    if (rc != DB_OK) return rc == DB_ERROR ? ST_INTERNAL : ST_BUSY;
    write_page(res, out);
    db_free(&res);
    return strbuf_ok(out) ? ST_OK : ST_INTERNAL;
}

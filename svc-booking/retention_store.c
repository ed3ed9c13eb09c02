#include "retention_store.h"
#include "common/body.h"
#include "common/effect.h"
#include "common/retention.h"

enum { ENDS_PER_PAGE = 1000 };

/* clang-format off */
static const struct retention_rule rules[] = {
    /* Events last: they follow the rows. */
    {"orders never paid",           RETENTION_EXHIBITION, {"erase_unpaid_orders",   "SELECT * FROM erase_unpaid_orders($1, $2, $3)"}},
    {"memos",                       RETENTION_EXHIBITION, {"erase_memos",           "SELECT * FROM erase_memos($1, $2, $3)"}},
    {"phone counters",              RETENTION_EXHIBITION, {"erase_phone_counters",  "SELECT * FROM erase_phone_counters($1, $2, $3)"}},
    {"locks of look-ups",           RETENTION_EXHIBITION, {"erase_lookup_locks",    "SELECT * FROM erase_lookup_locks($1, $2, $3)"}},
    {"events of orders never paid", RETENTION_EXHIBITION, {"erase_unpaid_events",   "SELECT * FROM erase_order_events($1, $2, $3)"}},
    {"orders",                      RETENTION_CONTRACT,   {"erase_contracts",       "SELECT * FROM erase_contracts($1, $2, $3)"}},
    {"events of orders",            RETENTION_CONTRACT,   {"erase_contract_events", "SELECT * FROM erase_order_events($1, $2, $3)"}},
    {"texts of audit facts",        RETENTION_AUDIT_TEXT, {"erase_audit_texts",     "SELECT * FROM erase_audit_texts($1, $2, $3)"}},
};
/* clang-format on */

enum status op_retention(struct worker *w, struct bus_req *req, struct strbuf *out) {
    return retention_step(w, req, rules, sizeof rules / sizeof *rules, out);
}

static void read_after(struct json_in *in, void *after) {
    *(int64_t *)after = json_int(in, "after", 0, INT32_MAX, JSON_REQUIRED);
}

enum status op_exhibition_ends(struct worker *w, struct bus_req *req, struct strbuf *out) {
    static const struct db_stmt stmt = {"exhibition_ends",
                                        "SELECT id, end_date FROM exhibitions WHERE id > $1 ORDER BY id LIMIT $2"};
    struct db_args args = db_args(req->arena);
    struct json_out o = {.b = out};
    struct db_res *res = NULL;
    int64_t after;
    enum status st = body_read(req, false, read_after, &after, out);
    if (st != ST_OK) return st;
    db_arg_int(&args, after);
    db_arg_int(&args, ENDS_PER_PAGE);
    enum db_rc rc = db_exec(w->db, &stmt, &args, &res);
    if (rc != DB_OK) return effect_status(rc);
    json_obj(&o, NULL);
    json_arr(&o, "exhibitions");
    for (int i = 0; i < db_rows(res); i++) {
        json_obj(&o, NULL);
        json_put_int(&o, "id", db_int(res, i, 0));
        json_put_text(&o, "end_date", db_text(res, i, 1));
        json_obj_end(&o);
    }
    json_arr_end(&o);
    json_put_bool(&o, "more", db_rows(res) == ENDS_PER_PAGE);
    json_obj_end(&o);
    db_free(&res);
    return ST_OK;
}

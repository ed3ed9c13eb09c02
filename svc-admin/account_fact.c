#include "account_fact.h"
#include "common/arena.h"
#include "common/bus.h"
#include "common/json.h"

enum { TEXT_MAX = 8192 };

const char *account_fact_text(struct arena *a, const struct account *account, const char *note) {
    struct strbuf text;
    struct json_out json = {.b = &text};
    strbuf_init(&text, a, TEXT_MAX);
    json_obj(&json, NULL);
    account_write(&json, "user", a, account);
    if (note != NULL) json_put_bool(&json, note, true);
    json_obj_end(&json);
    return strbuf_ok(&text) ? text.data : NULL;
}

enum db_rc account_fact_emit(struct db *db, const struct bus_req *req, const struct account_fact *f) {
    struct bus_req as = *req; /* head and arena are all that is asked of it */
    if (f->action != NULL) as.head.op = f->action;
    if (f->who != NULL) {
        as.head.user_id = f->who->id;
        as.head.role = f->who->role;
    }
    const struct audit fact = {
        .entity = arena_printf(req->arena, "user:%lld", (long long)f->id),
        .version = f->version,
        .before = f->before,
        .after = f->after,
        .reason = f->reason,
    };
    return fact.entity != NULL ? audit_emit(db, &as, &fact) : DB_ERROR;
}

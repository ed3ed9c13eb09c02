#include "caller.h"
#include "common/json.h"
#include "common/timeutil.h"
#include "entrance.h"
#include "keys.h"
#include "op_offline.h"

enum status op_keys(struct worker *w, struct bus_req *req, struct strbuf *out) {
    const struct entrance *e = w->state;
    struct json_out json = {.b = out};
    struct caller caller;
    struct key_info *list;
    size_t n;
    enum status st = caller_find(w, req, &caller);
    if (st != ST_OK) return st;
    if (!keys_list(e->keys, req->arena, &list, &n)) return ST_BUSY;
    json_obj(&json, NULL);
    json_arr(&json, "keys");
    for (size_t i = 0; i < n; i++) {
        json_obj(&json, NULL);
        json_put_int(&json, "id", list[i].id);
        json_put_text(&json, "public_key", list[i].public_key);
        json_put_time(&json, "signs_from", list[i].signs_from_ms);
        json_put_time(&json, "published_at", list[i].published_ms);
        json_obj_end(&json);
    }
    json_arr_end(&json);
    json_put_time(&json, "server_time", time_now_ms());
    json_obj_end(&json);
    return ST_OK;
}

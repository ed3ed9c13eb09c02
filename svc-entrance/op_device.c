#include <string.h>
#include "caller.h"
#include "common/arena.h"
#include "common/audit.h"
#include "common/body.h"
#include "common/effect.h"
#include "common/json.h"
#include "common/mask.h"
#include "config.h"
#include "device_store.h"
#include "entrance.h"
#include "op_offline.h"

enum { LIST_MAX = 1000, CODE_MAX_LEN = 50 };

/* ---- a device is made, enrolled, goes on ---- */

struct wish {
    const char *exhibition, *name, *enroll_code;
    bool renew;
    struct device_grant granted;
};
static void read_wish(struct json_in *in, void *arg) {
    struct wish *wish = arg;
    bool enrolls = json_has(in, "enroll_code"), renews = json_has(in, "renew");
    bool makes = json_has(in, "exhibition") || json_has(in, "name") || (!enrolls && !renews);
    wish->exhibition = json_text(in, "exhibition", 1, CODE_MAX_LEN, makes ? JSON_REQUIRED : JSON_OPTIONAL);
    wish->name = json_text(in, "name", 1, DEVICE_NAME_MAX, makes ? JSON_REQUIRED : JSON_OPTIONAL);
    wish->enroll_code = json_text(in, "enroll_code", 1, ENROLL_TEXT_MAX, JSON_OPTIONAL);
    wish->renew = json_bool(in, "renew", JSON_OPTIONAL);
    if (enrolls && (makes || renews)) json_bad(in, "enroll_code", BAD_UNKNOWN);
    if (renews && (makes || !wish->renew)) json_bad(in, "renew", makes ? BAD_UNKNOWN : BAD_RANGE);
}

/* What is kept for a repeat holds neither code nor token. */
static void write_grant(const struct device_grant *g, struct strbuf *out) {
    struct json_out json = {.b = out};
    json_obj(&json, NULL);
    json_put_int(&json, "id", g->id);
    json_put_int(&json, "until_ms", g->until_ms);
    json_put_text(&json, "exhibition", g->exhibition_code);
    json_put_text(&json, "name", g->name);
    json_obj_end(&json);
}

static bool read_grant(struct arena *a, const struct strbuf *kept, struct device_grant *g) {
    struct json_faults faults = {.n = 0};
    struct json_in in;
    if (json_open(&in, a, &faults, kept->data, kept->len, false) != ST_OK) return false;
    g->id = json_int(&in, "id", 1, INT32_MAX, JSON_REQUIRED);
    g->until_ms = json_int(&in, "until_ms", 1, INT64_MAX, JSON_REQUIRED);
    g->exhibition_code = json_text(&in, "exhibition", 1, CODE_MAX_LEN, JSON_REQUIRED);
    g->name = json_text(&in, "name", 1, DEVICE_NAME_MAX, JSON_REQUIRED);
    return faults.n == 0;
}

/* before: NULL when it is new. A name is what somebody typed. */
static enum db_rc tell(struct worker *w, struct bus_req *req, const struct device_grant *g, int64_t version,
                       const char *before) {
    struct device_grant told = *g;
    struct strbuf after;
    told.name = mask_text(req->arena, g->name);
    strbuf_init(&after, req->arena, 4096);
    write_grant(&told, &after);
    const struct audit fact = {
        .entity = arena_printf(req->arena, "device:%lld", (long long)g->id),
        .version = version,
        .exhibition_code = g->exhibition_code,
        .before = before,
        .after = after.data,
    };
    return audit_emit(w->db, req, &fact);
}

static enum db_rc make(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    const struct entrance *e = w->state;
    struct wish *wish = arg;
    struct device_grant g = {.id = 0};
    char code[ENROLL_CODE_LEN + 1];
    uint8_t hash[SHA256_LEN];
    enum db_rc rc = DB_OK;
    if (bus_in_scope(req, wish->exhibition))
        rc = device_store_new(w->db, req->arena, wish->exhibition, wish->name, req->head.user_id, &g);
    *st = g.id > 0 ? ST_CREATED : ST_NOT_FOUND;
    if (rc != DB_OK || g.id == 0) return rc;
    device_enroll_code(e->config->device_token_key, g.id, g.until_ms, code);
    device_code_hash(code, hash);
    cleanse(code, sizeof code);
    rc = device_store_set_code(w->db, req->arena, g.id, hash);
    if (rc == DB_OK) rc = tell(w, req, &g, 1, NULL);
    write_grant(&g, out);
    return rc;
}

static enum db_rc enroll(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    const struct wish *wish = arg;
    struct device_grant g = {.id = 0};
    char code[ENROLL_CODE_LEN + 1];
    uint8_t hash[SHA256_LEN];
    enum db_rc rc = DB_OK;
    if (device_read_code(wish->enroll_code, code)) {
        device_code_hash(code, hash);
        cleanse(code, sizeof code);
        rc = device_store_enroll(w->db, req->arena, hash, &g);
    }
    *st = g.id > 0 ? ST_OK : ST_NOT_FOUND;
    if (rc != DB_OK || g.id == 0) return rc;
    write_grant(&g, out);
    return tell(w, req, &g, 2, "{\"enrolled\":false}");
}

static enum db_rc renew(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    struct device_grant g;
    (void)arg;
    enum db_rc rc = device_store_renew(w->db, req->arena, req->head.user_id, &g);
    *st = g.id > 0 ? ST_OK : ST_UNAUTHENTICATED;
    if (rc == DB_OK && g.id > 0) write_grant(&g, out);
    return rc;
}

static enum status answer_code(const struct entrance *e, const struct device_grant *g, struct strbuf *out) {
    struct json_out json = {.b = out};
    char code[ENROLL_CODE_LEN + 1];
    device_enroll_code(e->config->device_token_key, g->id, g->until_ms, code);
    json_obj(&json, NULL);
    json_put_int(&json, "id", g->id);
    json_put_text(&json, "name", g->name);
    json_put_text(&json, "exhibition", g->exhibition_code);
    json_put_text(&json, "enroll_code", code);
    cleanse(code, sizeof code);
    json_put_time(&json, "expires_at", g->until_ms);
    json_obj_end(&json);
    return ST_CREATED;
}

static enum status answer_token(struct arena *a, const struct entrance *e, const struct device_grant *g,
                                struct strbuf *out) {
    struct json_out json = {.b = out};
    const char *token = device_token(a, e->config->device_token_key, g);
    if (token == NULL) return ST_INTERNAL;
    json_obj(&json, NULL);
    json_put_text(&json, "device_id", arena_printf(a, "dev-%lld", (long long)g->id));
    json_put_text(&json, "token", token);
    json_put_time(&json, "expires_at", g->until_ms);
    json_put_text(&json, "exhibition", g->exhibition_code);
    json_put_text(&json, "name", g->name);
    json_obj_end(&json);
    return ST_OK;
}

enum status op_device_create(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct wish wish = {.renew = false};
    struct device_grant g;
    bool repeated;
    enum status st = body_read(req, false, read_wish, &wish, out);
    if (st != ST_OK) return st;
    const effect_fn effect = wish.renew ? renew : wish.enroll_code != NULL ? enroll : make;
    if (!bus_may(req, wish.renew ? "renew" : wish.enroll_code != NULL ? "enroll" : "make"))
        return req->head.role == ROLE_VISITOR ? ST_UNAUTHENTICATED : ST_FORBIDDEN;
    st = effect_run_once(w, req, effect, &wish, out, &repeated);
    if (!status_is_success(st)) return st;
    if (!read_grant(req->arena, out, &g)) return ST_INTERNAL;
    strbuf_init(out, req->arena, out->max);
    if (repeated && req->head.role == ROLE_DEVICE) { /* who may have been revoked since */
        struct caller caller;
        st = caller_find(w, req, &caller);
        if (st != ST_OK) return st;
    }
    return effect == make ? answer_code(w->state, &g, out) : answer_token(req->arena, w->state, &g, out);
}

/* ---- staff looks, and revokes ---- */

static void write_device(struct json_out *json, const struct device_row *d) {
    static const char *const status[] = {"waiting", "lapsed", "enrolled", "revoked"};
    json_obj(json, NULL);
    json_put_int(json, "id", d->id);
    json_put_text(json, "name", d->name);
    json_put_text(json, "exhibition", d->exhibition_code);
    json_put_text(json, "status", status[d->status]);
    json_put_time(json, "created_at", d->created_ms);
    json_put_time(json, "enrolled_at", d->enrolled_ms);
    json_put_time(json, "token_until", d->token_until_ms);
    json_put_time(json, "seen_at", d->seen_ms);
    json_put_time(json, "revoked_at", d->revoked_ms);
    json_obj_end(json);
}

enum status op_device_list(struct worker *w, struct bus_req *req, struct strbuf *out) {
    const char *const *codes;
    struct device_row *rows;
    size_t n_codes, n;
    enum status st = bus_scope(req, &codes, &n_codes);
    if (st != ST_OK) return st;
    enum db_rc rc = device_store_list(w->db, req->arena, codes, n_codes, LIST_MAX, &rows, &n);
    if (rc != DB_OK) return effect_status(rc);
    struct json_out json = {.b = out};
    json_obj(&json, NULL);
    json_arr(&json, "devices");
    for (size_t i = 0; i < n; i++) write_device(&json, &rows[i]);
    json_arr_end(&json);
    json_obj_end(&json);
    return ST_OK;
}

static enum db_rc revoke(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    const int64_t *id = arg;
    struct device_row row;
    struct strbuf before;
    (void)out;
    enum db_rc rc = device_store_lock(w->db, req->arena, *id, &row);
    bool visible = rc == DB_OK && row.id != 0 && bus_in_scope(req, row.exhibition_code);
    *st = visible ? ST_NO_CONTENT : ST_NOT_FOUND;
    if (!visible || row.status == DEVICE_REVOKED) return rc;
    rc = device_store_revoke(w->db, req->arena, *id);
    row.name = mask_text(req->arena, row.name);
    strbuf_init(&before, req->arena, 4096);
    write_device(&(struct json_out){.b = &before}, &row);
    const struct audit fact = {
        .entity = arena_printf(req->arena, "device:%lld", (long long)*id),
        .version = 3,
        .exhibition_code = row.exhibition_code,
        .before = before.data,
    };
    return rc == DB_OK ? audit_emit(w->db, req, &fact) : rc;
}

enum status op_device_delete(struct worker *w, struct bus_req *req, struct strbuf *out) {
    int64_t id;
    if (!bus_param_id(req, INT32_MAX, &id)) return ST_NOT_FOUND;
    return effect_run(w, req, revoke, &id, out);
}

#include <string.h>
#include "account_fact.h"
#include "account_secret.h"
#include "account_store.h"
#include "admin.h"
#include "common/arena.h"
#include "common/body.h"
#include "common/crypto.h"
#include "common/effect.h"
#include "common/fault.h"
#include "common/json.h"
#include "login_try.h"
#include "op_account.h"
#include "password.h"
#include "session_store.h"

enum { PAGE_DEFAULT = 50, PAGE_MAX = 200, TYPED_MAX = 200, ROLE_NAME_MAX = 20 };

struct user_wish {
    const char *username, *password, *scope; /* NULL: not given */
    enum role role;                          /* 0: not given */
    bool sets_active, active, drops_otp;
    int64_t id; /* of an update */
    char hash[PASSWORD_HASH_MAX];
};

/* ---- reading ---- */

/* "*" alone, or codes, each once. */
static const char *read_scope(struct json_in *in, enum json_need need) {
    static const char field[] = "exhibition_codes";
    struct strbuf scope;
    size_t n = json_array(in, field, 1, ACCOUNT_CODES_MAX, need);
    strbuf_init(&scope, in->arena, ACCOUNT_CODES_MAX * (EXHIBITION_CODE_MAX + 1) + 1);
    for (size_t i = 0; i < n; i++) {
        const char *code = json_item_text(in, field, i, 1, EXHIBITION_CODE_MAX);
        if (code == NULL) return NULL;
        if (!account_code_valid(code) || (*code == '*' && n > 1)) json_bad(in, field, BAD_FORMAT);
        if (account_scope_within(code, scope.data)) json_bad(in, field, BAD_DUPLICATE);
        if (i > 0) strbuf_putc(&scope, ',');
        strbuf_puts(&scope, code);
    }
    return n > 0 ? scope.data : NULL;
}

static void read_common(struct json_in *in, struct user_wish *wish, enum json_need need) {
    const char *role = json_text(in, "role", 1, ROLE_NAME_MAX, need);
    wish->role = role != NULL ? role_parse(role) : 0;
    if (role != NULL && (wish->role & ROLES_ALL_STAFF) == 0) json_bad(in, "role", BAD_RANGE);
    wish->scope = read_scope(in, wish->role == ROLE_SUPERADMIN ? JSON_OPTIONAL : need);
    if (wish->role == ROLE_SUPERADMIN && wish->scope != NULL && strcmp(wish->scope, "*") != 0)
        json_bad(in, "exhibition_codes", BAD_RANGE);
    if (wish->role == ROLE_SUPERADMIN) wish->scope = "*";
    wish->password = json_text(in, "password", 1, TYPED_MAX, need);
    wish->sets_active = json_has(in, "is_active");
    wish->active = json_bool(in, "is_active", JSON_OPTIONAL) || !wish->sets_active;
}

static void read_new(struct json_in *in, void *arg) {
    struct user_wish *wish = arg;
    char *name = arena_alloc(in->arena, USERNAME_MAX + 1);
    const char *typed = json_text(in, "username", USERNAME_MIN, USERNAME_MAX, JSON_REQUIRED);
    if (name != NULL && typed != NULL && !account_name(typed, name)) json_bad(in, "username", BAD_FORMAT);
    wish->username = name;
    read_common(in, wish, JSON_REQUIRED);
}

static void read_changes(struct json_in *in, void *arg) {
    struct user_wish *wish = arg;
    read_common(in, wish, JSON_OPTIONAL);
    wish->drops_otp = json_has(in, "otp_enabled");
    /* only whoever holds the second factor can switch it on */
    if (json_bool(in, "otp_enabled", JSON_OPTIONAL)) json_bad(in, "otp_enabled", BAD_RANGE);
}

static bool may_manage(const struct bus_req *req, const struct account *account) {
    return account_may_manage(req->head.role, req->head.scope, account->role, account->scope);
}

/* ---- list ---- */

static enum status read_query(const struct bus_req *req, struct account_query *q, struct strbuf *out) {
    const char *role = bus_param_text(req, "role");
    *q = (struct account_query){.exhibition = bus_param_text(req, "exhibition")};
    if (!bus_param_int(req, "cursor", 1, INT64_MAX, 0, &q->after)) return body_refuse(req, "cursor", BAD_FORMAT, out);
    if (!bus_param_int(req, "limit", 1, PAGE_MAX, PAGE_DEFAULT, &q->limit))
        return body_refuse(req, "limit", BAD_RANGE, out);
    if (role != NULL && ((q->role = role_parse(role)) & ROLES_ALL_STAFF) == 0)
        return body_refuse(req, "role", BAD_FORMAT, out);
    if (req->head.role != ROLE_SUPERADMIN) q->manager_scope = req->head.scope;
    return q->exhibition == NULL || bus_in_scope(req, q->exhibition) ? ST_OK : ST_NOT_FOUND;
}

enum status op_user_list(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct account *rows;
    struct account_query q;
    size_t n;
    enum status st = read_query(req, &q, out);
    if (st != ST_OK) return st;
    enum db_rc rc = account_store_list(w->db, req->arena, &q, &rows, &n);
    if (rc != DB_OK) return effect_status(rc);
    struct json_out json = {.b = out};
    json_obj(&json, NULL);
    json_arr(&json, "users");
    for (size_t i = 0; i < n; i++) account_write(&json, NULL, req->arena, &rows[i]);
    json_arr_end(&json);
    bool more = n == (size_t)q.limit;
    json_put_cursor(&json, more ? rows[n - 1].id : 0);
    json_obj_end(&json);
    return ST_OK;
}

/* A code that nobody knows is a slip, which would wait for an exhibition called so. `held`: those of before, which may be gone. */
static enum db_rc judge_codes(struct worker *w, struct bus_req *req, const char *scope, const char *held,
                              enum status *st, struct strbuf *out) {
    bool known = true;
    enum db_rc rc = account_store_codes_known(w->db, req->arena, scope, held, &known);
    if (rc == DB_OK && !known) *st = body_refuse(req, "exhibition_codes", BAD_UNKNOWN, out);
    return rc;
}

/* ---- create ---- */

static enum db_rc make(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    const struct user_wish *wish = arg;
    struct account account = {
        .username = wish->username,
        .role = wish->role,
        .scope = wish->scope,
        .active = wish->active,
        .password_hash = wish->hash,
    };
    enum db_rc rc = op_account_stands(w, req, st);
    if (rc == DB_OK && *st == ST_OK) rc = judge_codes(w, req, wish->scope, "", st, out);
    if (rc != DB_OK || *st != ST_OK) return rc;
    rc = account_store_new(w->db, req->arena, &account);
    *st = account.id != 0 ? ST_CREATED : ST_IN_USE;
    if (rc != DB_OK || account.id == 0) return rc;
    account_write(&(struct json_out){.b = out}, NULL, req->arena, &account);
    const struct account_fact fact = {
        .id = account.id,
        .version = account.version,
        .after = account_fact_text(req->arena, &account, NULL),
    };
    return account_fact_emit(w->db, req, &fact);
}

static enum status create(struct worker *w, struct bus_req *req, struct user_wish *wish, struct strbuf *out) {
    const struct admin *admin = w->state;
    bool repeated;
    enum status st = op_account_judge_password(req, "password", wish->password, wish->username, out);
    if (st != ST_OK) return st;
    if (!account_may_manage(req->head.role, req->head.scope, wish->role, wish->scope)) return ST_FORBIDDEN;
    if (!password_hash(wish->password, wish->hash)) return ST_INTERNAL;
    account_hide_body(admin->refresh_key, req);
    st = effect_run_once(w, req, make, wish, out, &repeated);
    fault_hit("admin.user.committed");
    return st;
}

static enum status
with_wish(struct worker *w, struct bus_req *req, struct strbuf *out, struct user_wish *wish, body_reader read,
          enum status (*run)(struct worker *, struct bus_req *, struct user_wish *, struct strbuf *)) {
    password_give_way();
    enum status st = body_read(req, false, read, wish, out);
    if (st == ST_OK) st = run(w, req, wish, out);
    cleanse(wish->hash, sizeof wish->hash);
    return st;
}

enum status op_user_create(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct user_wish wish = {.id = 0};
    return with_wish(w, req, out, &wish, read_new, create);
}

/* ---- update, delete ---- */

/* The row of somebody else whom the caller may manage, locked. */
static enum db_rc open_row(struct worker *w, struct bus_req *req, int64_t id, struct account *account,
                           enum status *st) {
    enum db_rc rc = account_store_lock_superadmins(w->db, req->arena);
    if (rc == DB_OK) rc = op_account_stands(w, req, st);
    if (rc != DB_OK || *st != ST_OK) return rc;
    rc = account_store_lock(w->db, req->arena, id, account);
    *st = rc == DB_OK && account->id != 0 && may_manage(req, account) ? ST_OK : ST_NOT_FOUND;
    return rc;
}

/* Somebody must stay who can manage the others. */
static enum db_rc keep_a_superadmin(struct worker *w, struct bus_req *req, const struct account *before,
                                    enum status *st) {
    int64_t n = 1;
    enum db_rc rc = DB_OK;
    if (before->role == ROLE_SUPERADMIN) rc = account_store_superadmins(w->db, req->arena, &n);
    if (n == 0) *st = ST_INVALID_STATE;
    return rc;
}

/* What the account's sessions may do, they do from now on: fewer or more things by their next refresh, or nothing. */
static enum db_rc tell_sessions(struct worker *w, struct bus_req *req, const struct user_wish *wish,
                                const struct account *before, const struct account *after) {
    if (!after->active || wish->password != NULL || (wish->drops_otp && before->otp))
        return session_store_end_others(w->db, req->arena, after->id, "");
    if (after->role == before->role && strcmp(after->scope, before->scope) == 0) return DB_OK;
    return session_store_raise(w->db, req->arena, after->id);
}

static enum db_rc save(struct worker *w, struct bus_req *req, const struct user_wish *wish,
                       const struct account *before, struct account *after) {
    enum db_rc rc = account_store_save(w->db, req->arena, after);
    if (rc == DB_OK && wish->drops_otp && before->otp_secret != NULL) {
        rc = account_store_otp_secret(w->db, req->arena, after->id, NULL);
        after->otp = false;
        after->version++;
    }
    if (rc == DB_OK && wish->password != NULL) rc = login_try_forgive(w, req, after->username);
    if (rc == DB_OK) rc = tell_sessions(w, req, wish, before, after);
    if (rc != DB_OK) return rc;
    const struct account_fact fact = {
        .id = after->id,
        .version = after->version,
        .before = account_fact_text(req->arena, before, NULL),
        .after = account_fact_text(req->arena, after, wish->password != NULL ? "password_changed" : NULL),
    };
    return account_fact_emit(w->db, req, &fact);
}

/* What is so already is no change, and nothing is told of it. */
static bool changes(const struct user_wish *wish, const struct account *before, const struct account *after) {
    return after->role != before->role || strcmp(after->scope, before->scope) != 0 || after->active != before->active ||
           wish->password != NULL || (wish->drops_otp && before->otp_secret != NULL);
}

static enum db_rc change(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    const struct user_wish *wish = arg;
    struct account before, after;
    enum db_rc rc = open_row(w, req, wish->id, &before, st);
    if (rc != DB_OK || *st != ST_OK) return rc;
    after = before;
    if (wish->role != 0) after.role = wish->role;
    if (wish->scope != NULL) after.scope = wish->scope;
    if (wish->sets_active) after.active = wish->active;
    if (wish->password != NULL) after.password_hash = wish->hash;
    if (after.role == ROLE_SUPERADMIN && strcmp(after.scope, "*") != 0)
        *st = body_refuse(req, "exhibition_codes", BAD_RANGE, out);
    else if (before.role == ROLE_SUPERADMIN && after.role != ROLE_SUPERADMIN && wish->scope == NULL)
        *st = body_refuse(req, "exhibition_codes", BAD_MISSING, out); /* all would stay */
    else if (!may_manage(req, &after))
        *st = ST_FORBIDDEN;
    else
        rc = judge_codes(w, req, after.scope, before.scope, st, out);
    if (rc != DB_OK || *st != ST_OK) return rc;
    if (changes(wish, &before, &after)) rc = save(w, req, wish, &before, &after);
    if (rc == DB_OK) rc = keep_a_superadmin(w, req, &before, st);
    if (rc == DB_OK && *st == ST_OK) account_write(&(struct json_out){.b = out}, NULL, req->arena, &after);
    return rc;
}

/* ST_OK: the one named by the path, who is not the caller. */
static enum status find_target(const struct bus_req *req, int64_t *id) {
    if (!bus_param_id(req, INT64_MAX, id)) return ST_NOT_FOUND;
    return *id == req->head.user_id ? ST_FORBIDDEN : ST_OK;
}

/* Nothing is hashed for whoever may not set it. */
static enum status hash_for(struct worker *w, struct bus_req *req, struct user_wish *wish, struct strbuf *out) {
    struct account account;
    enum db_rc rc = account_store_find(w->db, req->arena, wish->id, &account);
    if (rc != DB_OK) return effect_status(rc);
    if (account.id == 0 || !may_manage(req, &account)) return ST_NOT_FOUND;
    enum status st = op_account_judge_password(req, "password", wish->password, account.username, out);
    if (st != ST_OK) return st;
    return password_hash(wish->password, wish->hash) ? ST_OK : ST_INTERNAL;
}

static enum status update(struct worker *w, struct bus_req *req, struct user_wish *wish, struct strbuf *out) {
    enum status st = find_target(req, &wish->id);
    if (st == ST_OK && wish->drops_otp && req->head.role != ROLE_SUPERADMIN) st = ST_FORBIDDEN;
    if (st == ST_OK && wish->password != NULL) st = hash_for(w, req, wish, out);
    if (st != ST_OK) return st;
    st = effect_run(w, req, change, wish, out);
    fault_hit("admin.user.committed");
    return st;
}

enum status op_user_update(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct user_wish wish = {.id = 0};
    return with_wish(w, req, out, &wish, read_changes, update);
}

static enum db_rc drop(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    const int64_t *id = arg;
    struct account before;
    (void)out;
    enum db_rc rc = open_row(w, req, *id, &before, st);
    if (rc != DB_OK || *st != ST_OK) return rc;
    *st = ST_NO_CONTENT;
    rc = account_store_delete(w->db, req->arena, before.id);
    if (rc == DB_OK) rc = keep_a_superadmin(w, req, &before, st);
    if (rc == DB_OK) rc = session_store_end_others(w->db, req->arena, before.id, "");
    const struct account_fact fact = {
        .id = before.id,
        .version = before.version + 1,
        .before = account_fact_text(req->arena, &before, NULL),
    };
    return rc == DB_OK ? account_fact_emit(w->db, req, &fact) : rc;
}

enum status op_user_delete(struct worker *w, struct bus_req *req, struct strbuf *out) {
    int64_t id;
    enum status st = find_target(req, &id);
    if (st != ST_OK) return st;
    st = effect_run(w, req, drop, &id, out);
    fault_hit("admin.user.committed");
    return st;
}

#include <string.h>
#include "account_fact.h"
#include "account_otp.h"
#include "account_secret.h"
#include "account_store.h"
#include "admin.h"
#include "common/arena.h"
#include "common/body.h"
#include "common/effect.h"
#include "common/fault.h"
#include "common/json.h"
#include "common/timeutil.h"
#include "config.h"
#include "login_try.h"
#include "op_account.h"
#include "password.h"
#include "session_store.h"

enum { TYPED_MAX = 200 };

struct otp_wish {
    const char *password, *code;
    struct account account; /* of the caller */
    struct login_try try;
    bool wrong;     /* the code */
    int64_t serial; /* of the recovery codes */
};

static enum status find_caller(struct worker *w, struct bus_req *req, struct otp_wish *wish) {
    enum db_rc rc = account_store_find(w->db, req->arena, req->head.user_id, &wish->account);
    if (rc != DB_OK) return effect_status(rc);
    return wish->account.id != 0 ? ST_OK : ST_UNAUTHENTICATED;
}

/* ST_OK: the password is right, and the try is still counted as failed. */
static enum status check_password(struct worker *w, struct bus_req *req, struct otp_wish *wish, struct strbuf *out) {
    enum status st = login_try_own(w, req, &wish->account, wish->password, &wish->try);
    if (st != ST_UNAUTHENTICATED) return st;
    return login_try_settle(w, req, &wish->try, body_refuse(req, "password", BAD_WRONG, out));
}

static enum db_rc tell(struct worker *w, struct bus_req *req, const struct account *account, const char *action) {
    const struct account_fact fact = {.action = action, .id = account->id, .version = account->version + 1};
    return account_fact_emit(w->db, req, &fact);
}

/* ---- a secret ---- */

static enum db_rc begin(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    struct otp_wish *wish = arg;
    struct account now;
    uint8_t secret[OTP_SECRET_LEN];
    enum db_rc rc = account_store_lock(w->db, req->arena, wish->account.id, &now);
    if (rc == DB_OK) rc = op_account_stands(w, req, st);
    if (rc != DB_OK || *st != ST_OK) return rc;
    if (now.id == 0 || now.otp) {
        *st = ST_INVALID_STATE;
        return DB_OK;
    }
    random_bytes(secret, sizeof secret);
    const char *sealed = account_otp_seal(w->state, req->arena, now.id, secret);
    cleanse(secret, sizeof secret);
    if (sealed == NULL) return DB_ERROR;
    rc = account_store_otp_secret(w->db, req->arena, now.id, sealed);
    if (rc == DB_OK) rc = login_try_clear(w, req, &wish->try);
    strbuf_puts(out, "{}"); /* the secret is kept in its row alone */
    return rc;
}

/* The secret that waits to be confirmed. */
static enum status answer_secret(struct worker *w, struct bus_req *req, struct otp_wish *wish, struct strbuf *out) {
    uint8_t secret[OTP_SECRET_LEN];
    enum status st = find_caller(w, req, wish);
    if (st != ST_OK) return st;
    if (wish->account.otp) return ST_INVALID_STATE;
    if (!account_otp_unseal(w->state, &wish->account, secret)) return ST_INTERNAL;
    const char *text = otp_secret_text(req->arena, secret);
    cleanse(secret, sizeof secret);
    const char *uri = text != NULL ? otp_uri(req->arena, wish->account.username, text) : NULL;
    if (uri == NULL) return ST_INTERNAL;
    strbuf_init(out, req->arena, out->max);
    struct json_out json = {.b = out};
    json_obj(&json, NULL);
    json_put_text(&json, "secret", text);
    json_put_text(&json, "uri", uri);
    json_obj_end(&json);
    return ST_OK;
}

static enum status make_secret(struct worker *w, struct bus_req *req, struct otp_wish *wish, struct strbuf *out) {
    bool repeated;
    enum status st = check_password(w, req, wish, out);
    if (st != ST_OK) return st;
    st = login_try_settle(w, req, &wish->try, effect_run_once(w, req, begin, wish, out, &repeated));
    if (st != ST_OK) return st;
    fault_hit("admin.otp.begun");
    return answer_secret(w, req, wish, out);
}

/* ---- from now on it is asked for ---- */

/* Codes come from the row's version, so that whoever repeats the call hears the same. */
static enum db_rc keep_codes(struct worker *w, struct bus_req *req, const struct account *account, int64_t step) {
    const struct admin *admin = w->state;
    const char *hashes[RECOVERY_CODES];
    char code[RECOVERY_CODE_LEN + 1];
    for (size_t i = 0; i < RECOVERY_CODES; i++) {
        otp_recovery_code(admin->config->admin_key, account->id, account->version, i, code);
        hashes[i] = account_otp_code_hash(admin, req->arena, account->id, code);
        if (hashes[i] == NULL) return DB_ERROR;
    }
    cleanse(code, sizeof code);
    return account_store_otp_confirm(w->db, req->arena, account->id, step, hashes, RECOVERY_CODES);
}

static enum db_rc confirm(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    struct otp_wish *wish = arg;
    struct account now;
    uint8_t secret[OTP_SECRET_LEN];
    int64_t step = 0;
    enum db_rc rc = account_store_lock(w->db, req->arena, req->head.user_id, &now);
    if (rc == DB_OK) rc = op_account_stands(w, req, st);
    if (rc != DB_OK || *st != ST_OK) return rc;
    *st = ST_INVALID_STATE;
    if (now.id == 0 || now.otp || now.otp_secret == NULL) return rc;
    if (account_otp_unseal(w->state, &now, secret)) step = otp_match(secret, wish->code, time_now_ms(), now.otp_step);
    cleanse(secret, sizeof secret);
    wish->wrong = step == 0;
    *st = wish->wrong ? ST_VALIDATION_FAILED : ST_OK;
    if (wish->wrong) return DB_OK;
    rc = keep_codes(w, req, &now, step);
    if (rc == DB_OK) rc = session_store_end_others(w->db, req->arena, now.id, op_account_session(req));
    if (rc == DB_OK) rc = session_store_otp(w->db, req->arena, op_account_session(req), true);
    if (rc == DB_OK) rc = login_try_clear(w, req, &wish->try);
    if (rc == DB_OK) rc = tell(w, req, &now, "otp.enable");
    struct json_out json = {.b = out};
    json_obj(&json, NULL);
    json_put_int(&json, "serial", now.version);
    json_obj_end(&json);
    return rc;
}

static void read_serial(struct json_in *in, void *arg) {
    int64_t *serial = arg;
    *serial = json_int(in, "serial", 1, INT64_C(1) << 53, JSON_REQUIRED);
}

static enum status confirm_secret(struct worker *w, struct bus_req *req, struct otp_wish *wish, struct strbuf *out) {
    const struct admin *admin = w->state;
    char code[RECOVERY_CODE_LEN + 1];
    bool repeated;
    enum status st = login_try_own(w, req, &wish->account, NULL, &wish->try);
    if (st != ST_OK) return st;
    st = login_try_settle(w, req, &wish->try, effect_run_once(w, req, confirm, wish, out, &repeated));
    if (wish->wrong) return body_refuse(req, "code", BAD_WRONG, out);
    if (st != ST_OK) return st;
    fault_hit("admin.otp.committed");
    struct bus_req kept = *req;
    kept.head.body = out->data;
    kept.head.body_len = out->len;
    st = body_read(&kept, false, read_serial, &wish->serial, out);
    if (st != ST_OK) return ST_INTERNAL;
    strbuf_init(out, req->arena, out->max);
    struct json_out json = {.b = out};
    json_obj(&json, NULL);
    json_arr(&json, "recovery_codes");
    for (size_t i = 0; i < RECOVERY_CODES; i++) {
        otp_recovery_code(admin->config->admin_key, req->head.user_id, wish->serial, i, code);
        json_put_text(&json, NULL, code);
    }
    json_arr_end(&json);
    json_obj_end(&json);
    cleanse(code, sizeof code);
    return ST_OK;
}

static void read_step(struct json_in *in, void *arg) {
    struct otp_wish *wish = arg;
    bool confirms = json_has(in, "code");
    wish->password = json_text(in, "password", 1, TYPED_MAX, confirms ? JSON_OPTIONAL : JSON_REQUIRED);
    wish->code = json_text(in, "code", 1, TYPED_MAX, JSON_OPTIONAL);
    if (confirms && wish->password != NULL) json_bad(in, "password", BAD_UNKNOWN);
}

enum status op_otp_create(struct worker *w, struct bus_req *req, struct strbuf *out) {
    const struct admin *admin = w->state;
    struct otp_wish wish = {.wrong = false};
    password_give_way();
    enum status st = body_read(req, false, read_step, &wish, out);
    if (st == ST_OK) account_hide_body(admin->refresh_key, req);
    if (st == ST_OK) st = find_caller(w, req, &wish);
    if (st == ST_OK) st = wish.code != NULL ? confirm_secret(w, req, &wish, out) : make_secret(w, req, &wish, out);
    return st == ST_ACCOUNT_LOCKED ? login_try_refuse(req, &wish.try) : st;
}

/* ---- no more ---- */

static void read_end(struct json_in *in, void *arg) {
    struct otp_wish *wish = arg;
    wish->password = json_text(in, "password", 1, TYPED_MAX, JSON_REQUIRED);
    wish->code = json_text(in, "otp", 1, TYPED_MAX, JSON_REQUIRED);
}

static enum db_rc end(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    struct otp_wish *wish = arg;
    struct account now;
    bool right = true;
    int64_t step;
    (void)out;
    enum db_rc rc = account_store_lock(w->db, req->arena, wish->account.id, &now);
    if (rc == DB_OK) rc = op_account_stands(w, req, st);
    if (rc != DB_OK || *st != ST_OK) return rc;
    *st = ST_NO_CONTENT;
    if (now.id != 0 && now.otp) rc = account_otp_check(w->db, w->state, req->arena, &now, wish->code, &right, &step);
    wish->wrong = !right;
    if (wish->wrong) *st = ST_VALIDATION_FAILED;
    if (rc != DB_OK || wish->wrong) return rc;
    rc = account_store_otp_secret(w->db, req->arena, now.id, NULL);
    if (rc == DB_OK) rc = session_store_end_others(w->db, req->arena, now.id, op_account_session(req));
    if (rc == DB_OK) rc = session_store_otp(w->db, req->arena, op_account_session(req), false);
    if (rc == DB_OK) rc = login_try_clear(w, req, &wish->try);
    return rc == DB_OK ? tell(w, req, &now, "otp.disable") : rc;
}

static enum status end_otp(struct worker *w, struct bus_req *req, struct otp_wish *wish, struct strbuf *out) {
    enum status st = find_caller(w, req, wish);
    if (st != ST_OK) return st;
    if (!wish->account.otp) return ST_NO_CONTENT; /* as asked for: perhaps an answer was lost */
    st = check_password(w, req, wish, out);
    if (st != ST_OK) return st;
    st = effect_run(w, req, end, wish, out);
    fault_hit("admin.otp.ended");
    login_try_settle(w, req, &wish->try, st);
    return wish->wrong ? body_refuse(req, "otp", BAD_WRONG, out) : st;
}

enum status op_otp_delete(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct otp_wish wish = {.wrong = false};
    password_give_way();
    enum status st = body_read(req, false, read_end, &wish, out);
    if (st == ST_OK) st = end_otp(w, req, &wish, out);
    return st == ST_ACCOUNT_LOCKED ? login_try_refuse(req, &wish.try) : st;
}

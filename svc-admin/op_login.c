#include <string.h>
#include "account_fact.h"
#include "account_otp.h"
#include "account_store.h"
#include "admin.h"
#include "common/arena.h"
#include "common/body.h"
#include "common/effect.h"
#include "common/fault.h"
#include "common/json.h"
#include "common/timeutil.h"
#include "login_try.h"
#include "op_account.h"
#include "password.h"
#include "session_answer.h"
#include "session_store.h"

enum { TYPED_MAX = 200, OTP_TYPED_MAX = 40, SESSIONS_MAX = 50 };

struct sign_in {
    const char *username, *password, *otp;
    struct login_try try;
    struct session session;
    int surplus;  /* older sessions that made room for it */
    bool refused; /* password or second factor are not, or not any more, what they must be */
};

static void read_sign_in(struct json_in *in, void *arg) {
    struct sign_in *s = arg;
    s->username = json_text(in, "username", 1, TYPED_MAX, JSON_REQUIRED);
    s->password = json_text(in, "password", 1, TYPED_MAX, JSON_REQUIRED);
    s->otp = json_text(in, "otp", 1, OTP_TYPED_MAX, JSON_OPTIONAL);
}

static enum db_rc tell(struct worker *w, struct bus_req *req, const struct sign_in *s) {
    const struct account *account = &s->try.account;
    const struct account_fact fact = {
        .who = account,
        .id = account->id,
        .version = account->version,
        .after = arena_printf(req->arena, "{\"session\":\"%s\",\"otp\":%s,\"sessions_ended\":%d}", s->session.id,
                              s->session.otp ? "true" : "false", s->surplus),
    };
    return account_fact_emit(w->db, req, &fact);
}

/* Since the password was compared the account may have changed. */
static enum db_rc check_again(struct worker *w, struct bus_req *req, struct sign_in *s, int64_t *step) {
    struct account now;
    bool right = true;
    *step = 0;
    enum db_rc rc = account_store_lock(w->db, req->arena, s->try.account.id, &now);
    if (rc != DB_OK) return rc;
    s->refused = now.id == 0 || !now.active || strcmp(now.password_hash, s->try.account.password_hash) != 0 ||
                 (now.otp && s->otp == NULL);
    if (s->refused) return DB_OK;
    if (now.otp) rc = account_otp_check(w->db, w->state, req->arena, &now, s->otp, &right, step);
    s->refused = !right;
    s->try.account = now;
    return rc;
}

static enum db_rc enter(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    struct sign_in *s = arg;
    const char *agent = bus_param(req, "user_agent");
    int64_t step;
    (void)out;
    enum db_rc rc = check_again(w, req, s, &step);
    *st = s->refused ? ST_UNAUTHENTICATED : ST_OK;
    if (rc != DB_OK || s->refused) return rc;
    struct account *account = &s->try.account;
    s->session = (struct session){
        .user_id = account->id,
        .otp = account->otp,
        .client = req->head.client,
        .user_agent = agent != NULL ? agent : "",
    };
    session_id_make(s->session.id);
    rc = session_store_new(w->db, req->arena, &s->session);
    if (rc == DB_OK) rc = session_store_end_surplus(w->db, req->arena, account->id, SESSIONS_MAX, &s->surplus);
    if (rc == DB_OK) rc = account_store_signed_in(w->db, req->arena, account->id, step);
    if (rc == DB_OK) rc = login_try_clear(w, req, &s->try);
    account->last_login_ms = s->session.created_ms;
    return rc == DB_OK ? tell(w, req, s) : rc;
}

/* Who comes without a code hears that one is needed; else which of the three is wrong is not told. */
static enum status refuse(const struct bus_req *req, bool otp_required, struct strbuf *out) {
    static const char *const wrong[] = {[LANG_KO] = "아이디, 비밀번호 또는 인증번호가 올바르지 않습니다.",
                                        [LANG_EN] = "The username, the password or the code is not right."};
    static const char *const more[] = {
        [LANG_KO] = "인증번호도 입력해 주세요.", [LANG_EN] = "Please enter the code as well."};
    struct json_out o = {.b = out};
    json_obj(&o, NULL);
    json_put_text(&o, "detail", (otp_required ? more : wrong)[req->head.lang]);
    if (otp_required) json_put_bool(&o, "otp_required", true);
    json_obj_end(&o);
    return ST_UNAUTHENTICATED;
}

static enum status sign_in(struct worker *w, struct bus_req *req, struct sign_in *s, struct strbuf *out) {
    enum status st = login_try(w, req, s->username, s->password, &s->try);
    bool otp_required = st == ST_OK && s->try.account.otp && s->otp == NULL;
    if (st == ST_OK && !otp_required) st = effect_run(w, req, enter, s, out);
    login_try_settle(w, req, &s->try, st);
    if (otp_required || st == ST_UNAUTHENTICATED) return refuse(req, otp_required, out);
    if (st != ST_OK) return st;
    fault_hit("admin.login.committed");
    return session_answer_write(w->state, req->arena, &s->try.account, &s->session, time_now_ms(), out) ? ST_OK
                                                                                                        : ST_INTERNAL;
}

enum status op_login(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct sign_in s = {.refused = false};
    password_give_way();
    enum status st = body_read(req, false, read_sign_in, &s, out);
    if (st == ST_OK) st = sign_in(w, req, &s, out);
    return st == ST_ACCOUNT_LOCKED ? login_try_refuse(req, &s.try) : st;
}

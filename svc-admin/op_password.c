#include <string.h>
#include "account_fact.h"
#include "account_secret.h"
#include "account_store.h"
#include "common/arena.h"
#include "common/body.h"
#include "common/effect.h"
#include "common/fault.h"
#include "common/json.h"
#include "login_try.h"
#include "op_account.h"
#include "password.h"
#include "session_store.h"

enum { TYPED_MAX = 200 };

#define TEXT(n) #n
#define DIGITS(n) TEXT(n)
#define LIMITS DIGITS(PASSWORD_MIN) "–" DIGITS(PASSWORD_MAX)

struct change {
    const char *current, *wanted;
    struct login_try try;
    char hash[PASSWORD_HASH_MAX];
};

enum status op_account_judge_password(const struct bus_req *req, const char *field, const char *password,
                                      const char *username, struct strbuf *out) {
    static const char *const words[][2] = {
        [PASSWORD_LENGTH] = {[LANG_KO] = "비밀번호는 " LIMITS "바이트여야 합니다. 한글은 한 글자가 3바이트입니다.",
                             [LANG_EN] = "A password has " LIMITS " bytes."},
        [PASSWORD_HAS_NAME] = {[LANG_KO] = "비밀번호에 아이디가 들어 있지 않아야 합니다.",
                               [LANG_EN] = "A password does not contain the username."},
    };
    enum password_fault fault = password_judge(password, username);
    if (fault == PASSWORD_FINE) return ST_OK;
    json_fault_write(field, words[fault][req->head.lang], out);
    return ST_VALIDATION_FAILED;
}

static void read_change(struct json_in *in, void *arg) {
    struct change *c = arg;
    c->current = json_text(in, "current_password", 1, TYPED_MAX, JSON_REQUIRED);
    c->wanted = json_text(in, "new_password", 1, TYPED_MAX, JSON_REQUIRED);
}

/* Whoever else is signed in with the old one is not any more; this session goes on with its next refresh. */
static enum db_rc change(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    struct change *c = arg;
    struct account now;
    enum db_rc rc = account_store_lock(w->db, req->arena, c->try.account.id, &now);
    if (rc == DB_OK) rc = op_account_stands(w, req, st);
    if (rc != DB_OK || *st != ST_OK) return rc;
    bool as_compared = now.id != 0 && now.active && strcmp(now.password_hash, c->try.account.password_hash) == 0;
    *st = as_compared ? ST_NO_CONTENT : body_refuse(req, "current_password", BAD_WRONG, out);
    if (!as_compared) return DB_OK;
    now.password_hash = c->hash;
    rc = account_store_save(w->db, req->arena, &now);
    if (rc == DB_OK) rc = session_store_end_others(w->db, req->arena, now.id, op_account_session(req));
    if (rc == DB_OK) rc = session_store_raise(w->db, req->arena, now.id);
    if (rc == DB_OK) rc = login_try_clear(w, req, &c->try);
    if (rc != DB_OK) return rc;
    const struct account_fact fact = {
        .id = now.id,
        .version = now.version,
        .after = account_fact_text(req->arena, &now, "password_changed"),
    };
    return account_fact_emit(w->db, req, &fact);
}

/* The password is not the current one. Is it the new one already, because an answer was lost? */
static enum status not_current(struct worker *w, struct bus_req *req, struct change *c, struct strbuf *out) {
    bool done = password_check(c->wanted, c->try.account.password_hash);
    return login_try_settle(w, req, &c->try,
                            done ? ST_NO_CONTENT : body_refuse(req, "current_password", BAD_WRONG, out));
}

static enum status change_password(struct worker *w, struct bus_req *req, struct change *c, struct strbuf *out) {
    struct account account;
    enum db_rc rc = account_store_find(w->db, req->arena, req->head.user_id, &account);
    if (rc != DB_OK) return effect_status(rc);
    if (account.id == 0) return ST_UNAUTHENTICATED;
    enum status st = op_account_judge_password(req, "new_password", c->wanted, account.username, out);
    if (st != ST_OK) return st;
    st = login_try_own(w, req, &account, c->current, &c->try);
    if (st == ST_UNAUTHENTICATED) return not_current(w, req, c, out);
    if (st != ST_OK) return st;
    st = password_hash(c->wanted, c->hash) ? effect_run(w, req, change, c, out) : ST_INTERNAL;
    fault_hit("admin.password.committed");
    return login_try_settle(w, req, &c->try, st);
}

enum status op_password_change(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct change c = {.current = NULL};
    password_give_way();
    enum status st = body_read(req, false, read_change, &c, out);
    if (st == ST_OK) st = change_password(w, req, &c, out);
    cleanse(c.hash, sizeof c.hash);
    return st == ST_ACCOUNT_LOCKED ? login_try_refuse(req, &c.try) : st;
}

#include "login_try.h"
#include "account_fact.h"
#include "account_store.h"
#include "admin.h"
#include "common/arena.h"
#include "common/effect.h"
#include "common/json.h"
#include "login_store.h"
#include "password.h"

enum { NOTHING = 64 }; /* room for the answer of an effect that has none */

struct begin {
    struct login_try *t;
    const char *username; /* NULL: the account is known already */
};

/* Counts the try before it is made: so many at once get no further than one after the other. */
static enum db_rc begin(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    const struct begin *b = arg;
    struct login_try *t = b->t;
    struct login_tries before;
    int64_t now;
    (void)out;
    enum db_rc rc = login_store_lock(w->db, req->arena, t->name_hash, &before, &now);
    if (rc != DB_OK) return rc;
    t->retry_after = login_locked_for(&before, now);
    *st = t->retry_after > 0 ? ST_ACCOUNT_LOCKED : ST_NO_CONTENT;
    if (t->retry_after > 0) return DB_OK;
    t->tries = login_try_next(&before, now);
    rc = login_store_put(w->db, req->arena, t->name_hash, &t->tries);
    if (rc != DB_OK || b->username == NULL) return rc;
    return account_store_by_name(w->db, req->arena, b->username, &t->account);
}

static void hash_name(const struct admin *admin, const char *name, char out[DIGEST_TEXT_LEN + 1]) {
    account_digest(admin->refresh_key, "login", name, out);
}

static void hash_own(const struct admin *admin, const char *name, char out[DIGEST_TEXT_LEN + 1]) {
    account_digest(admin->refresh_key, "signed-in", name, out);
}

static enum status count(struct worker *w, struct bus_req *req, struct login_try *t, const char *username) {
    struct strbuf none;
    struct begin b = {t, username};
    strbuf_init(&none, req->arena, NOTHING);
    enum status st = effect_run(w, req, begin, &b, &none);
    if (!status_is_success(st)) t->tries = (struct login_tries){0};
    return st;
}

static enum status compare(const struct login_try *t, const char *password) {
    bool there = t->account.id != 0 && t->account.active;
    return password_check(password, there ? t->account.password_hash : NULL) ? ST_OK : ST_UNAUTHENTICATED;
}

enum status login_try(struct worker *w, struct bus_req *req, const char *username, const char *password,
                      struct login_try *t) {
    char name[USERNAME_MAX + 1];
    *t = (struct login_try){.retry_after = 0};
    bool possible = account_name(username, name);
    hash_name(w->state, possible ? name : username, t->name_hash);
    enum status st = count(w, req, t, possible ? name : "");
    return status_is_success(st) ? compare(t, password) : st;
}

enum status login_try_own(struct worker *w, struct bus_req *req, const struct account *account, const char *password,
                          struct login_try *t) {
    *t = (struct login_try){.account = *account};
    hash_own(w->state, account->username, t->name_hash);
    enum status st = count(w, req, t, NULL);
    if (!status_is_success(st)) return st;
    return password != NULL ? compare(t, password) : ST_OK;
}

enum db_rc login_try_clear(struct worker *w, struct bus_req *req, struct login_try *t) {
    t->cleared = true;
    return login_store_clear(w->db, req->arena, t->name_hash);
}

enum db_rc login_try_forgive(struct worker *w, struct bus_req *req, const char *username) {
    char hash[DIGEST_TEXT_LEN + 1];
    hash_name(w->state, username, hash);
    enum db_rc rc = login_store_clear(w->db, req->arena, hash);
    hash_own(w->state, username, hash);
    return rc == DB_OK ? login_store_clear(w->db, req->arena, hash) : rc;
}

static enum db_rc take_back(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    const struct login_try *t = arg;
    (void)out;
    *st = ST_NO_CONTENT;
    return login_store_take_back(w->db, req->arena, t->name_hash, t->tries.failures);
}

static enum db_rc tell_lock(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    const struct login_try *t = arg;
    (void)out;
    *st = ST_NO_CONTENT;
    const struct account_fact fact = {
        .action = "login.locked",
        .id = t->account.id,
        .version = t->account.version,
        .after = arena_printf(req->arena, "{\"failures\":%lld}", (long long)t->tries.failures),
    };
    return account_fact_emit(w->db, req, &fact);
}

static bool is_wrong(enum status st) { return st == ST_UNAUTHENTICATED || st == ST_VALIDATION_FAILED; }

/* A repeated call has succeeded without clearing anything: its try is taken back as well. */
static effect_fn rest_of(const struct login_try *t, enum status st) {
    if (t->tries.failures == 0 || (status_is_success(st) && t->cleared)) return NULL;
    if (!is_wrong(st)) return take_back;
    return t->account.id != 0 && t->tries.locked_until_ms != 0 ? tell_lock : NULL;
}

enum status login_try_settle(struct worker *w, struct bus_req *req, struct login_try *t, enum status st) {
    effect_fn rest = rest_of(t, st);
    struct strbuf none;
    strbuf_init(&none, req->arena, NOTHING);
    if (rest != NULL) effect_run(w, req, rest, t, &none);
    return st;
}

enum status login_try_refuse(struct bus_req *req, const struct login_try *t) {
    bus_reply(req, ST_ACCOUNT_LOCKED, NULL, 0, (int)t->retry_after);
    return ST_PARKED;
}

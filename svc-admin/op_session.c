#include <stdio.h>
#include <string.h>
#include "account_fact.h"
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
#include "op_account.h"
#include "session_answer.h"
#include "session_store.h"

enum { TOKEN_TYPED_MAX = 200, CHANGES_MAX = 5000, MINUTE_MS = 60 * 1000 };

const char *op_account_session(const struct bus_req *req) {
    const char *id = bus_param(req, "session");
    return id != NULL ? id : "";
}

static const char *ended_text(struct bus_req *req, const char *id) {
    return arena_printf(req->arena, "{\"session\":\"%s\"}", id);
}

/* That a session of the account has ended. */
static enum db_rc tell_end(struct worker *w, struct bus_req *req, const char *action, int64_t user_id, const char *id) {
    const struct account_fact fact = {
        .action = action,
        .id = user_id,
        .before = ended_text(req, id),
    };
    return account_fact_emit(w->db, req, &fact);
}

enum db_rc op_account_stands(struct worker *w, struct bus_req *req, enum status *st) {
    const struct admin *admin = w->state;
    const char *id = op_account_session(req);
    struct session session;
    struct account who;
    unsigned otp_roles;
    int64_t now;
    *st = ST_OK;
    if (*id == '\0') return DB_OK;
    enum db_rc rc = session_store_lock(w->db, req->arena, id, &session, &now);
    if (rc == DB_OK) rc = account_store_find(w->db, req->arena, req->head.user_id, &who);
    if (rc != DB_OK) return rc;
    if (!account_roles_read(admin->config->otp_roles, &otp_roles)) return DB_ERROR;
    bool stands = session.user_id == req->head.user_id && session.ended_ms == 0 && who.id != 0 && who.active &&
                  account_effective_role(who.role, otp_roles, session.otp) == req->head.role &&
                  strcmp(who.scope, req->head.scope) == 0;
    if (!stands) *st = ST_UNAUTHENTICATED;
    return DB_OK;
}

/* ---- refresh ---- */

struct refresh {
    const char *token;
    char id[SESSION_ID_LEN + 1], key[DIGEST_TEXT_LEN + 1];
    int64_t generation;
    enum session_verdict verdict;
    struct session session;
    struct account account;
};

static void read_refresh(struct json_in *in, void *arg) {
    struct refresh *r = arg;
    const char *token = json_text(in, "refresh_token", 1, TOKEN_TYPED_MAX, r->token ? JSON_OPTIONAL : JSON_REQUIRED);
    if (r->token == NULL) r->token = token;
}

/* Somebody holds a copy of the token. Nobody knows who is the thief, so the session ends for both. */
static enum db_rc end_reused(struct worker *w, struct bus_req *req, const struct refresh *r) {
    int64_t whose;
    enum db_rc rc = session_store_end(w->db, req->arena, r->id, 0, &whose);
    return rc == DB_OK ? tell_end(w, req, "refresh.reused", whose, r->id) : rc;
}

static enum db_rc turn(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    struct refresh *r = arg;
    const struct session_limits limits = session_limits_of(w->state);
    const char *key = req->head.idem_given ? r->key : NULL;
    int64_t now;
    (void)out;
    *st = ST_OK; /* also of a reuse: its end is to be committed */
    enum db_rc rc = session_store_lock(w->db, req->arena, r->id, &r->session, &now);
    if (rc != DB_OK) return rc;
    r->verdict = session_judge(&r->session, &limits, r->generation, key, now);
    if (r->verdict == SESSION_REUSED) return end_reused(w, req, r);
    if (r->verdict == SESSION_OVER) return DB_OK;
    rc = account_store_find(w->db, req->arena, r->session.user_id, &r->account);
    if (rc == DB_OK && (r->account.id == 0 || !r->account.active)) r->verdict = SESSION_OVER;
    if (rc != DB_OK || r->verdict != SESSION_NEXT) return rc;
    r->session.generation++;
    r->session.refresh_key = key;
    r->session.used_ms = now;
    return session_store_turn(w->db, req->arena, &r->session);
}

enum status op_refresh(struct worker *w, struct bus_req *req, struct strbuf *out) {
    const struct admin *admin = w->state;
    struct refresh r = {.token = bus_param(req, "refresh_token")};
    enum status st = body_read(req, true, read_refresh, &r, out);
    if (st != ST_OK) return st;
    if (!session_token_read(admin->refresh_key, r.token, r.id, &r.generation)) return ST_UNAUTHENTICATED;
    account_digest(admin->refresh_key, "refresh-key", req->head.idem_key, r.key);
    st = effect_run(w, req, turn, &r, out);
    if (st != ST_OK) return st;
    fault_hit("admin.refresh.committed");
    if (r.verdict != SESSION_NEXT && r.verdict != SESSION_REPEAT) return ST_UNAUTHENTICATED;
    bool made = session_answer_write(admin, req->arena, &r.account, &r.session, time_now_ms(), out);
    return made ? ST_OK : ST_INTERNAL;
}

/* ---- the end ---- */

static enum db_rc log_out(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    const char *id = arg;
    struct account who;
    int64_t whose;
    (void)out;
    *st = ST_NO_CONTENT;
    enum db_rc rc = session_store_end(w->db, req->arena, id, 0, &whose);
    if (rc != DB_OK || whose == 0) return rc;
    rc = account_store_find(w->db, req->arena, whose, &who);
    const struct account_fact fact = {.who = &who, .id = whose, .before = ended_text(req, id)};
    return rc == DB_OK ? account_fact_emit(w->db, req, &fact) : rc;
}

enum status op_logout(struct worker *w, struct bus_req *req, struct strbuf *out) {
    const struct admin *admin = w->state;
    const char *token = bus_param(req, "refresh_token");
    char id[SESSION_ID_LEN + 1];
    int64_t generation; /* an old one signs out as well */
    bool shown = token != NULL && session_token_read(admin->refresh_key, token, id, &generation);
    if (req->head.role != ROLE_VISITOR) snprintf(id, sizeof id, "%s", op_account_session(req));
    return shown || req->head.role != ROLE_VISITOR ? effect_run(w, req, log_out, id, out) : ST_UNAUTHENTICATED;
}

struct ending {
    const char *id; /* NULL: all but this one */
    int64_t user_id;
};

static enum db_rc end_one(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    const struct ending *e = arg;
    int64_t whose;
    (void)out;
    enum db_rc rc = op_account_stands(w, req, st);
    if (rc != DB_OK || *st != ST_OK) return rc;
    rc = session_store_end(w->db, req->arena, e->id, e->user_id, &whose);
    *st = whose != 0 ? ST_NO_CONTENT : ST_NOT_FOUND;
    return rc == DB_OK && whose != 0 ? tell_end(w, req, NULL, whose, e->id) : rc;
}

static enum db_rc end_others(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    const struct ending *e = arg;
    (void)out;
    enum db_rc rc = op_account_stands(w, req, st);
    if (rc != DB_OK || *st != ST_OK) return rc;
    *st = ST_NO_CONTENT;
    rc = session_store_end_others(w->db, req->arena, e->user_id, op_account_session(req));
    return rc == DB_OK ? tell_end(w, req, NULL, e->user_id, "*") : rc;
}

enum status op_session_delete(struct worker *w, struct bus_req *req, struct strbuf *out) {
    const char *id = bus_param(req, "id");
    struct ending e = {.id = id, .user_id = req->head.user_id};
    if (id == NULL) return effect_run(w, req, end_others, &e, out);
    if (strlen(id) != SESSION_ID_LEN) return ST_NOT_FOUND;
    if (req->head.role == ROLE_SUPERADMIN) e.user_id = 0; /* whosever it is */
    return effect_run(w, req, end_one, &e, out);
}

/* ---- looking ---- */

static void write_session(struct json_out *json, const struct session *s, const struct session_limits *limits,
                          const char *current) {
    json_obj(json, NULL);
    json_put_text(json, "id", s->id);
    json_put_time(json, "created_at", s->created_ms);
    json_put_time(json, "used_at", s->used_ms);
    json_put_time(json, "expires_at", session_until(s, limits));
    json_put_text(json, "client", s->client);
    json_put_text(json, "user_agent", s->user_agent);
    json_put_bool(json, "otp", s->otp);
    json_put_bool(json, "current", strcmp(s->id, current) == 0);
    json_obj_end(json);
}

enum status op_session_list(struct worker *w, struct bus_req *req, struct strbuf *out) {
    const struct session_limits limits = session_limits_of(w->state);
    int64_t id;
    struct session *rows;
    size_t n;
    if (!bus_param_int(req, "user", 1, INT64_MAX, req->head.user_id, &id))
        return body_refuse(req, "user", BAD_FORMAT, out);
    if (id != req->head.user_id && req->head.role != ROLE_SUPERADMIN) return ST_NOT_FOUND;
    enum db_rc rc = session_store_list(w->db, req->arena, id, &rows, &n);
    if (rc != DB_OK) return effect_status(rc);
    struct json_out json = {.b = out};
    json_obj(&json, NULL);
    json_arr(&json, "sessions");
    for (size_t i = 0; i < n; i++)
        if (time_now_ms() < session_until(&rows[i], &limits))
            write_session(&json, &rows[i], &limits, op_account_session(req));
    json_arr_end(&json);
    json_obj_end(&json);
    return ST_OK;
}

static void read_since(struct json_in *in, void *arg) {
    int64_t *since = arg;
    *since = json_int(in, "since_ms", 0, INT64_C(1) << 52, JSON_REQUIRED);
}

enum status op_sessions_changed(struct worker *w, struct bus_req *req, struct strbuf *out) {
    const struct admin *admin = w->state;
    struct session_change *rows;
    int64_t since = 0, until;
    size_t n;
    enum status st = body_read(req, false, read_since, &since, out);
    if (st != ST_OK) return st;
    /* a token made just before a change is good for this long, and a minute for clocks that differ */
    int64_t span = (admin->config->access_token_minutes + 1) * MINUTE_MS;
    enum db_rc rc = session_store_changed(w->db, req->arena, since, span, CHANGES_MAX, &rows, &n, &until);
    if (rc != DB_OK) return effect_status(rc);
    struct json_out json = {.b = out};
    json_obj(&json, NULL);
    json_put_int(&json, "until_ms", until);
    json_put_bool(&json, "more", n == CHANGES_MAX);
    json_arr(&json, "sessions");
    for (size_t i = 0; i < n; i++) {
        json_obj(&json, NULL);
        json_put_text(&json, "session", rows[i].id);
        json_put_int(&json, "version", rows[i].version);
        json_obj_end(&json);
    }
    json_arr_end(&json);
    json_obj_end(&json);
    return ST_OK;
}

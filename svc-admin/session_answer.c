#include "session_answer.h"
#include "admin.h"
#include "common/arena.h"
#include "common/json.h"
#include "common/jwt.h"
#include "config.h"

enum { MINUTE_MS = 60 * 1000, HOUR_MS = 60 * MINUTE_MS };

struct session_limits session_limits_of(const struct admin *admin) {
    return (struct session_limits){
        .idle_ms = admin->config->session_idle_hours * HOUR_MS,
        .max_ms = admin->config->session_max_days * 24 * HOUR_MS,
    };
}

bool session_answer_write(const struct admin *admin, struct arena *a, const struct account *account,
                          const struct session *s, int64_t now_ms, struct strbuf *out) {
    const struct session_limits limits = session_limits_of(admin);
    int64_t until = session_until(s, &limits), expires = now_ms + admin->config->access_token_minutes * MINUTE_MS;
    unsigned otp_roles;
    if (expires > until) expires = until;
    if (!account_roles_read(admin->config->otp_roles, &otp_roles)) return false;
    const struct staff_claims claims = {
        .user_id = account->id,
        .role = account_effective_role(account->role, otp_roles, s->otp),
        .scope = account->scope,
        .session = s->id,
        .version = s->version,
        .expires_ms = expires,
    };
    char refresh[REFRESH_TOKEN_LEN + 1];
    const char *access = jwt_make(a, admin->config->secret_key, &claims);
    if (access == NULL || !session_token_make(admin->refresh_key, s->id, s->generation, refresh)) return false;
    struct json_out json = {.b = out};
    json_obj(&json, NULL);
    json_put_text(&json, "session", s->id);
    json_put_text(&json, "refresh_token", refresh);
    json_put_int(&json, "refresh_expires_in", (until - now_ms) / 1000);
    json_obj(&json, "answer");
    json_put_text(&json, "access_token", access);
    json_put_text(&json, "token_type", "bearer");
    json_put_int(&json, "expires_in", (expires - now_ms) / 1000);
    json_put_bool(&json, "otp_setup_required", claims.role == ROLE_ENROLLING);
    account_write(&json, "admin", a, account);
    json_obj_end(&json);
    json_obj_end(&json);
    cleanse(refresh, sizeof refresh);
    return true;
}

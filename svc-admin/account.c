#include "account.h"
#include <string.h>
#include "common/arena.h"
#include "common/json.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyz0123456789"
#define ROLE_NAME_MAX 20
#define BELOW_MANAGER (ROLE_VIEWER | ROLE_STAFF | ROLE_FINANCE)

bool account_name(const char *typed, char out[USERNAME_MAX + 1]) {
    size_t n = strlen(typed);
    if (n < USERNAME_MIN || n > USERNAME_MAX) return false;
    for (size_t i = 0; i <= n; i++) out[i] = typed[i] >= 'A' && typed[i] <= 'Z' ? (char)(typed[i] + 32) : typed[i];
    return strspn(out, LETTERS "._-") == n;
}

bool account_code_valid(const char *code) {
    size_t n = strlen(code);
    if (strcmp(code, "*") == 0) return true;
    return n > 0 && n <= EXHIBITION_CODE_MAX && *code != '-' && strspn(code, LETTERS "-") == n;
}

/* Walks a list joined by ','. The length of the name at *list, which moves behind it; 0: there is no more. */
static size_t next_name(const char **list) {
    size_t n = strcspn(*list, ",");
    *list += n + ((*list)[n] == ',');
    return n;
}

static bool listed(const char *list, const char *name, size_t len) {
    for (const char *at = list; *at != '\0';) {
        const char *start = at;
        if (next_name(&at) == len && memcmp(start, name, len) == 0) return true;
    }
    return false;
}

bool account_scope_within(const char *inner, const char *outer) {
    if (strcmp(outer, "*") == 0) return true;
    for (const char *at = inner; *at != '\0';) {
        const char *start = at;
        if (!listed(outer, start, next_name(&at))) return false;
    }
    return true;
}

bool account_may_manage(enum role role, const char *scope, enum role target, const char *target_scope) {
    if (role == ROLE_SUPERADMIN) return true;
    return role == ROLE_MANAGER && (target & BELOW_MANAGER) != 0 && account_scope_within(target_scope, scope);
}

bool account_roles_read(const char *list, unsigned *roles) {
    char name[ROLE_NAME_MAX + 1];
    *roles = 0;
    for (const char *at = list; *at != '\0';) {
        const char *start = at;
        size_t n = next_name(&at);
        if (n > ROLE_NAME_MAX) return false;
        memcpy(name, start, n);
        name[n] = '\0';
        enum role role = role_parse(name);
        if ((role & ROLES_ALL_STAFF) == 0) return false;
        *roles |= role;
    }
    return true;
}

enum role account_effective_role(enum role role, unsigned otp_roles, bool shown) {
    return !shown && (role & otp_roles) != 0 ? ROLE_ENROLLING : role;
}

void account_write(struct json_out *json, const char *key, struct arena *a, const struct account *account) {
    json_obj(json, key);
    json_put_int(json, "id", account->id);
    json_put_text(json, "username", account->username);
    json_put_text(json, "role", role_name(account->role));
    json_arr(json, "exhibition_codes");
    for (const char *at = account->scope; *at != '\0';) {
        const char *start = at;
        json_put_text(json, NULL, arena_strndup(a, start, next_name(&at)));
    }
    json_arr_end(json);
    json_put_bool(json, "is_active", account->active);
    json_put_time(json, "last_login", account->last_login_ms);
    json_put_time(json, "created_at", account->created_ms);
    json_put_bool(json, "otp_enabled", account->otp);
    json_obj_end(json);
}

/* token - prints a staff access token for development: token ROLE [EXHIBITION_CODES]
 *
 * Signed with SECRET_KEY as the gateway's own are, valid for 8 hours, for the staff member USER_ID. Without codes it reaches
 * every exhibition. Refuses to work where ENV=production: there, people sign in. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/jwt.h"
#include "common/log.h"
#include "common/settings.h"
#include "common/timeutil.h"

enum { HOURS_VALID = 8, ARENA_MAX = 64 * 1024 };

struct config {
    char *secret_key;
    int64_t user_id;
};

static const struct setting settings[] = {
    {"SECRET_KEY", SET_TEXT, offsetof(struct config, secret_key), NULL, 1, 4096, SET_SECRET | SET_REQUIRED,
     "Key of staff access tokens, the same as the gateway's."},
    {"USER_ID", SET_INT, offsetof(struct config, user_id), "1", 1, INT32_MAX, 0, "Staff member the token is for."},
};
enum { N_SETTINGS = sizeof settings / sizeof *settings };

/* Roles are written in any case: `make token ROLE=MANAGER`. */
static enum role role_of(const char *text) {
    char name[32];
    snprintf(name, sizeof name, "%s", text);
    for (char *c = name; *c != '\0'; c++) *c = (char)tolower((unsigned char)*c);
    return role_parse(name);
}

static int print_token(const struct config *config, enum role role, const char *codes) {
    struct arena *arena = arena_new(ARENA_MAX);
    if (arena == NULL) return 1;
    const struct staff_claims claims = {
        .user_id = config->user_id,
        .role = role,
        .scope = codes,
        .session = "",
        .expires_ms = time_now_ms() + (int64_t)HOURS_VALID * 3600 * 1000,
    };
    const char *token = jwt_make(arena, config->secret_key, &claims);
    if (token != NULL) puts(token);
    arena_free(&arena);
    return token == NULL;
}

int main(int argc, char **argv) {
    enum role role = argc == 2 || argc == 3 ? role_of(argv[1]) : 0;
    if ((role & ROLES_ALL_STAFF) == 0) {
        fputs("usage: token viewer|staff|finance|manager|superadmin [EXHIBITION_CODE,...]\n", stderr);
        return 2;
    }
    struct config config = {0};
    int rc = 1;
    log_init("token", LOG_INFO, NULL);
    if (settings_load(settings, N_SETTINGS, &config) != 0) goto out;
    if (settings_production()) {
        log_error("staff sign in where ENV=production");
        goto out;
    }
    rc = print_token(&config, role, argc == 3 && *argv[2] != '\0' ? argv[2] : "*");
out:
    settings_free(settings, N_SETTINGS, &config);
    return rc;
}

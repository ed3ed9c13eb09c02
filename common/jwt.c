#include "jwt.h"

#include <errno.h>
#include <jwt.h> // NOLINT(readability-duplicate-include): the library's, not ours above
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "crypto.h"

static const char issuer[] = "exhibition";

const char *jwt_make(struct arena *a, const char *secret, const struct staff_claims *c) {
    jwt_t *jwt = NULL;
    char *encoded = NULL;
    const char *token = NULL;
    char *subject = arena_printf(a, "%lld", (long long)c->user_id);
    if (subject == NULL || *secret == '\0' || jwt_new(&jwt) != 0) goto out;
    if (jwt_set_alg(jwt, JWT_ALG_HS256, (const unsigned char *)secret, (int)strlen(secret)) != 0) goto out;
    if (jwt_add_grant(jwt, "iss", issuer) != 0 || jwt_add_grant(jwt, "sub", subject) != 0) goto out;
    if (jwt_add_grant(jwt, "role", role_name(c->role)) != 0 || jwt_add_grant(jwt, "scope", c->scope) != 0) goto out;
    if (jwt_add_grant(jwt, "sid", c->session) != 0) goto out;
    if (jwt_add_grant_int(jwt, "ver", (long)c->version) != 0) goto out;
    if (jwt_add_grant_int(jwt, "exp", (long)(c->expires_ms / 1000)) != 0) goto out;
    encoded = jwt_encode_str(jwt);
    if (encoded != NULL) {
        token = arena_strdup(a, encoded);
        cleanse(encoded, strlen(encoded));
    }
out:
    free(encoded);
    jwt_free(jwt);
    return token;
}

/* A positive number in decimal digits, the only form jwt_make() writes. 0: none. */
static int64_t user_of(const char *subject) {
    char *end;
    if (subject == NULL || *subject < '1' || *subject > '9') return 0;
    errno = 0;
    long long id = strtoll(subject, &end, 10);
    return *end == '\0' && errno == 0 ? id : 0;
}

static bool read_claims(struct arena *a, jwt_t *jwt, unsigned roles, int64_t now_ms, struct staff_claims *out) {
    const char *iss = jwt_get_grant(jwt, "iss"), *role = jwt_get_grant(jwt, "role");
    const char *scope = jwt_get_grant(jwt, "scope"), *session = jwt_get_grant(jwt, "sid");
    if (iss == NULL || strcmp(iss, issuer) != 0 || role == NULL || scope == NULL || session == NULL) return false;
    long expires = jwt_get_grant_int(jwt, "exp");
    if (expires <= 0 || expires > INT64_MAX / 1000) return false;
    *out = (struct staff_claims){
        .user_id = user_of(jwt_get_grant(jwt, "sub")),
        .role = role_parse(role),
        .scope = arena_strdup(a, scope),
        .session = arena_strdup(a, session),
        .version = jwt_get_grant_int(jwt, "ver"),
        .expires_ms = (int64_t)expires * 1000,
    };
    return out->user_id > 0 && (out->role & roles) != 0 && out->scope != NULL && out->session != NULL &&
           out->expires_ms > now_ms;
}

int jwt_check(struct arena *a, const char *secret, unsigned roles, const char *token, int64_t now_ms,
              struct staff_claims *out) {
    jwt_t *jwt = NULL;
    int rc = -1;
    *out = (struct staff_claims){0};
    if (*secret == '\0') return -1; /* without a key libjwt verifies nothing */
    if (jwt_decode(&jwt, token, (const unsigned char *)secret, (int)strlen(secret)) != 0) return -1;
    /* libjwt takes the algorithm from the token; only one is ours. */
    if (jwt_get_alg(jwt) == JWT_ALG_HS256 && read_claims(a, jwt, roles, now_ms, out)) rc = 0;
    jwt_free(jwt);
    if (rc != 0) *out = (struct staff_claims){0};
    return rc;
}

/* cookies - see cookies.h. */
#include "cookies.h"
#include <string.h>
#include "common/arena.h"
#include "common/crypto.h"
#include "checks.h"

static const struct {
    const char *name, *path;
    bool scripts; /* may read it */
} table[COOKIE_COUNT] = {
    [COOKIE_ACCESS] = {"access_token", "/api", false},
    [COOKIE_REFRESH] = {"refresh_token", "/api/admin", false},
    [COOKIE_CSRF] = {"csrf_token", "/", true},
};

const char *cookie_get(struct arena *a, const char *header, enum cookie which) {
    const char *name = table[which].name;
    size_t n = strlen(name);
    while (header != NULL && *header != '\0') {
        header += strspn(header, " \t;");
        size_t len = strcspn(header, ";");
        if (len > n && strncmp(header, name, n) == 0 && header[n] == '=') {
            char *value = arena_alloc(a, len - n);
            if (value == NULL) return NULL;
            memcpy(value, header + n + 1, len - n - 1);
            value[len - n - 1] = '\0';
            return value;
        }
        header += len;
    }
    return NULL;
}

void cookie_set(struct strbuf *out, enum cookie which, const char *value, int64_t max_age, bool secure) {
    strbuf_puts(out, table[which].name);
    strbuf_putc(out, '=');
    strbuf_puts(out, value);
    strbuf_puts(out, "; Path=");
    strbuf_puts(out, table[which].path);
    strbuf_puts(out, "; Max-Age=");
    strbuf_int(out, max_age);
    strbuf_puts(out, "; SameSite=Strict");
    if (!table[which].scripts) strbuf_puts(out, "; HttpOnly");
    if (secure) strbuf_puts(out, "; Secure");
}

void csrf_make(const struct hmac_key *key, const char *session, char out[CSRF_TEXT]) {
    uint8_t mac[HMAC_LEN];
    const struct slice parts[] = {{"csrf|", 5}, {session, strlen(session)}};
    hmac_sign(key, parts, 2, mac);
    base64url_encode(mac, sizeof mac, out);
}

bool csrf_holds(const struct hmac_key *key, const char *session, const char *given) {
    char right[CSRF_TEXT];
    csrf_make(key, session, right);
    return given != NULL && strlen(given) == CSRF_TEXT - 1 && secret_equal(given, right, CSRF_TEXT - 1);
}

static bool is_origin_of(const char *origin, const char *url) {
    const char *host = strstr(url, "://");
    size_t n = host != NULL ? (size_t)(host + 3 - url) + strcspn(host + 3, "/?#") : 0;
    return n > 0 && strlen(origin) == n && strncmp(origin, url, n) == 0;
}

bool origin_is_own(const char *origin, const char *host, bool https, const char *public_url, const char *origins) {
    static const char *const schemes[] = {"https://", "http://"};
    if (*origin == '\0') return false;
    for (size_t i = 0; host != NULL && *host != '\0' && i < (https ? 1 : 2); i++) {
        size_t n = strlen(schemes[i]);
        if (strncmp(origin, schemes[i], n) == 0 && strcmp(origin + n, host) == 0) return true;
    }
    return is_origin_of(origin, public_url) || list_has(origins, origin);
}

/* shops - see shops.h. */
#include "shops.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "common/crypto.h"
#include "common/log.h"

#define KEY_MAX 128

struct shop {
    char secret[KEY_MAX], client[KEY_MAX], m_id[16];
};
struct shops {
    size_t n;
    struct shop shop[SHOPS_MAX];
};

/* Takes the next key of a list; false: none, or not one of these. */
static bool next_key(const char **list, const char *prefix, char out[KEY_MAX]) {
    size_t len = strcspn(*list, ",");
    if (len <= strlen(prefix) || len >= KEY_MAX || strncmp(*list, prefix, strlen(prefix)) != 0) return false;
    memcpy(out, *list, len);
    out[len] = '\0';
    *list += len + ((*list)[len] == ',');
    return true;
}

struct shops *shops_open(const char *secret_keys, const char *client_keys) {
    struct shops *s = calloc(1, sizeof *s);
    if (s == NULL) return NULL;
    bool ok = *secret_keys != '\0';
    while (ok && *secret_keys != '\0' && s->n < SHOPS_MAX) {
        struct shop *shop = &s->shop[s->n++];
        ok = next_key(&secret_keys, "test_sk_", shop->secret) && next_key(&client_keys, "test_ck_", shop->client);
        snprintf(shop->m_id, sizeof shop->m_id, "tvivasandbox%02zu", s->n);
    }
    if (ok && *secret_keys == '\0' && *client_keys == '\0') return s;
    log_error("setting refused", "setting", "TOSS_SECRET_KEY", "reason",
              "it and TOSS_CLIENT_KEY are lists of as many keys test_sk_… and test_ck_…, nothing else");
    shops_close(&s);
    return NULL;
}

void shops_close(struct shops **s) {
    if (*s == NULL) return;
    cleanse(*s, sizeof **s);
    free(*s);
    *s = NULL;
}

const char *shops_m_id(const struct shops *s, size_t shop) { return s->shop[shop < s->n ? shop : 0].m_id; }

bool shops_of_client(const struct shops *s, const char *client_key, size_t *shop) {
    for (*shop = 0; *shop < s->n; ++*shop)
        if (strcmp(s->shop[*shop].client, client_key) == 0) return true;
    return false;
}

/* Standard base64 by way of base64url; length, or -1. */
static long base64_decode(const char *in, uint8_t *out, size_t cap) {
    char text[4 * KEY_MAX];
    size_t n = strcspn(in, "=");
    if (n >= sizeof text || strspn(in + n, "=") != strlen(in + n)) return -1;
    for (size_t i = 0; i < n; i++) text[i] = in[i] == '+' ? '-' : in[i] == '/' ? '_' : in[i];
    long len = base64url_decode(text, n, out, cap);
    cleanse(text, sizeof text);
    return len;
}

/* `user` is the part before the colon. */
static const char *judge(const struct shops *s, const char *user, size_t *shop) {
    for (*shop = 0; *shop < s->n; ++*shop) {
        const char *secret = s->shop[*shop].secret;
        if (strlen(secret) == strlen(user) && secret_equal(secret, user, strlen(user))) return NULL;
    }
    *shop = 0;
    static const char *const others[] = {"test_ck_", "live_ck_", "test_gck_", "live_gck_", "test_gsk_", "live_gsk_"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strncmp(user, others[i], strlen(others[i])) == 0) return "INVALID_API_KEY";
    return "UNAUTHORIZED_KEY";
}

const char *shops_authorize(const struct shops *s, const char *authorization, size_t *shop) {
    static const char scheme[] = "Basic ";
    uint8_t user[3 * KEY_MAX + 1];
    *shop = 0;
    if (authorization == NULL || strncasecmp(authorization, scheme, strlen(scheme)) != 0) return "UNAUTHORIZED_KEY";
    long n = base64_decode(authorization + strlen(scheme), user, sizeof user - 1);
    uint8_t *colon = n > 0 ? memchr(user, ':', (size_t)n) : NULL;
    const char *refusal = n < 0 ? "UNAUTHORIZED_KEY" : "INCORRECT_BASIC_AUTH_FORMAT";
    if (colon != NULL) {
        bool empty_password = colon + 1 == user + n && memchr(user, '\0', (size_t)n) == NULL;
        *colon = '\0';
        refusal = empty_password ? judge(s, (const char *)user, shop) : "UNAUTHORIZED_KEY";
    }
    cleanse(user, sizeof user);
    return refusal;
}

#include "toss_keys.h"

#include <stdio.h>
#include <string.h>

#include "common/crypto.h"

static const char *skip_bom(const char *key) { return strncmp(key, "\xEF\xBB\xBF", 3) == 0 ? key + 3 : key; }

static bool starts(const char *s, const char *prefix) { return strncmp(s, prefix, strlen(prefix)) == 0; }

/* ---- address ---- */
bool toss_base_url(const char *url, char out[TOSS_URL_MAX + 1]) {
    static const char path[] = "/v1/payments";
    size_t n = strnlen(url, TOSS_URL_MAX + 1), cut = sizeof path - 1;
    if (n > TOSS_URL_MAX) return false;
    if (n > 0 && url[n - 1] == '/') n--;
    if (n > cut && strncmp(url + n - cut, path, cut) == 0) n -= cut;
    snprintf(out, TOSS_URL_MAX + 1, "%.*s", (int)n, url);
    return true;
}

/* scheme://host[:port] and nothing else. */
static bool is_bare(const char *base) {
    const char *host = starts(base, "https://") ? base + 8 : starts(base, "http://") ? base + 7 : "";
    size_t n = strlen(host);
    return n > 0 && strspn(host, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._:[]") == n;
}

/* ---- keys ---- */
enum key_kind { KEY_UNKNOWN, KEY_TEST, KEY_LIVE, KEY_WIDGET };

/* `role`: "sk_" or "ck_"; keys of the widget product have "gsk_", "gck_" and do not work with these calls. */
static enum key_kind kind_of(const char *key, const char *role) {
    bool test = starts(key, "test_"), live = starts(key, "live_");
    size_t n = strlen(key);
    if ((!test && !live) || n > TOSS_KEY_MAX) return KEY_UNKNOWN;
    for (size_t i = 0; i < n; i++)
        if (key[i] <= ' ' || key[i] > '~' || key[i] == ':') return KEY_UNKNOWN;
    if (key[5] == 'g' && starts(key + 6, role)) return KEY_WIDGET;
    if (!starts(key + 5, role) || key[8] == '\0') return KEY_UNKNOWN;
    return live ? KEY_LIVE : KEY_TEST;
}

const char *toss_keys_check(const char *secret_key, const char *client_key, const char *url, bool production) {
    enum key_kind secret = kind_of(skip_bom(secret_key), "sk_"), client = kind_of(skip_bom(client_key), "ck_");
    char base[TOSS_URL_MAX + 1];
    if (!toss_base_url(url, base) || !is_bare(base))
        return "TOSS_PAYMENT_URL is not http(s)://host[:port], with or without /v1/payments";
    if (secret == KEY_WIDGET || client == KEY_WIDGET) return "keys of the widget product do not work with these calls";
    if (secret == KEY_UNKNOWN) return "TOSS_SECRET_KEY is neither test_sk_… nor live_sk_…";
    if (client == KEY_UNKNOWN) return "TOSS_CLIENT_KEY is neither test_ck_… nor live_ck_…";
    if (secret != client) return "TOSS_SECRET_KEY and TOSS_CLIENT_KEY are not both of the test or of the live mode";
    if (secret == KEY_LIVE && strcmp(base, "https://api.tosspayments.com") != 0)
        return "live keys are sent to https://api.tosspayments.com only";
    if (secret == KEY_TEST && production) return "test keys are refused in production";
    return NULL;
}

bool toss_authorization(const char *secret_key, char out[TOSS_AUTHORIZATION_MAX]) {
    char pair[TOSS_KEY_MAX + 2];
    const char *key = skip_bom(secret_key);
    if (strlen(key) > TOSS_KEY_MAX) return false;
    int n = snprintf(pair, sizeof pair, "%s:", key); /* the password after the colon is empty */
    int at = snprintf(out, TOSS_AUTHORIZATION_MAX, "Authorization: Basic ");
    base64_encode(pair, (size_t)n, out + at);
    cleanse(pair, sizeof pair);
    return true;
}

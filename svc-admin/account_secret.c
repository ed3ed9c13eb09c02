#include "account_secret.h"
#include <stdint.h>
#include <string.h>
#include "common/arena.h"
#include "common/bus.h"
#include "common/crypto.h"

void account_digest(const struct hmac_key *key, const char *label, const char *text, char out[DIGEST_TEXT_LEN + 1]) {
    uint8_t mac[HMAC_LEN];
    const struct slice parts[] = {{label, strlen(label) + 1}, {text, strlen(text)}};
    hmac_sign(key, parts, 2, mac);
    base64url_encode(mac, sizeof mac, out);
}

/* Texts of a request are const to those who read them; the memory is the request's own. */
static void wipe(const char *text, size_t n) { cleanse((void *)(uintptr_t)text, n); }

void account_hide_body(const struct hmac_key *key, struct bus_req *req) {
    char digest[DIGEST_TEXT_LEN + 1];
    account_digest(key, "body", req->head.body, digest);
    wipe(req->head.body, req->head.body_len);
    req->head.body = arena_strdup(req->arena, digest);
    req->head.body_len = req->head.body != NULL ? DIGEST_TEXT_LEN : 0;
}

void account_forget(struct bus_req *req, const char *secret) {
    if (secret != NULL) wipe(secret, strlen(secret));
    wipe(req->head.body, req->head.body_len);
}

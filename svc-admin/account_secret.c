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

void account_hide_body(const struct hmac_key *key, struct bus_req *req) {
    char digest[DIGEST_TEXT_LEN + 1];
    account_digest(key, "body", req->head.body, digest);
    req->head.body = arena_strdup(req->arena, digest);
    req->head.body_len = req->head.body != NULL ? DIGEST_TEXT_LEN : 0;
}

#include "token.h"

#include <string.h>

#include "crypto.h"

/* There is one key at a time; its id is in the token so that a second one can be told apart while keys change. */
enum { KEY_ID = 1, HEAD_LEN = 4, MAC_LEN = 16, RAW_LEN = HEAD_LEN + MAC_LEN };

static void seal(const struct hmac_key *key, const char *order_number, uint8_t raw[RAW_LEN]) {
    static const char purpose[] = "order-token";
    const struct slice parts[] = {{purpose, sizeof purpose - 1}, {raw, HEAD_LEN}, {order_number, strlen(order_number)}};
    uint8_t mac[HMAC_LEN];
    hmac_sign(key, parts, sizeof parts / sizeof *parts, mac);
    memcpy(raw + HEAD_LEN, mac, MAC_LEN);
}

void order_token_make(const struct hmac_key *key, const char *order_number, enum token_scope scope, uint16_t version,
                      char out[ORDER_TOKEN_MAX]) {
    uint8_t raw[RAW_LEN] = {KEY_ID, (uint8_t)scope, (uint8_t)(version >> 8), (uint8_t)version};
    seal(key, order_number, raw);
    base64url_encode(raw, RAW_LEN, out);
}

enum token_scope order_token_check(const struct hmac_key *key, const char *order_number, const char *token,
                                   uint16_t *version) {
    uint8_t given[RAW_LEN], own[RAW_LEN];
    if (base64url_decode(token, strnlen(token, ORDER_TOKEN_MAX), given, sizeof given) != RAW_LEN) return TOKEN_NONE;
    if (given[0] != KEY_ID || (given[1] != TOKEN_VIEW && given[1] != TOKEN_MANAGE)) return TOKEN_NONE;
    memcpy(own, given, HEAD_LEN);
    seal(key, order_number, own);
    if (!secret_equal(own, given, RAW_LEN)) return TOKEN_NONE;
    *version = (uint16_t)(given[2] << 8 | given[3]);
    return given[1] == TOKEN_MANAGE ? TOKEN_MANAGE : TOKEN_VIEW;
}

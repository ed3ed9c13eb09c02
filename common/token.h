/* token - HMAC tokens for one order: "manage" (may cancel) and "view" (may only look), design §5.
 * Text: base64url of key id (1 byte), scope (1), version (2, big endian), first 16 bytes of
 * HMAC-SHA256(key, "order-token" | key id | scope | version | order number). Checked in the gateway before any bus call. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct hmac_key;
enum token_scope { TOKEN_NONE = 0, TOKEN_VIEW = 1, TOKEN_MANAGE = 2 };
#define ORDER_TOKEN_MAX 40

void order_token_make(const struct hmac_key *key, const char *order_number, enum token_scope scope, uint16_t version,
                      char out[ORDER_TOKEN_MAX]);
/* TOKEN_NONE: not a token of this order. `version` is for the owner of the order to compare. */
enum token_scope order_token_check(const struct hmac_key *key, const char *order_number, const char *token,
                                   uint16_t *version);

/* account_secret - passwords and codes on their way through: what is kept of them. The request's arena forgets the rest. */
#pragma once

struct bus_req;
struct hmac_key;

#define DIGEST_TEXT_LEN 43
/* What is kept of a text that is only compared with itself: base64url of HMAC(key, label | text). */
void account_digest(const struct hmac_key *key, const char *label, const char *text, char out[DIGEST_TEXT_LEN + 1]);
/* Repeated calls are known by a digest of their body. One with a password in it would let anybody who reads that digest try
 * passwords by the million: the body becomes a digest under our key. After it was read, before effect_run_once(). */
void account_hide_body(const struct hmac_key *key, struct bus_req *req);

/* crypto - the only user of OpenSSL. Secrets are compared in constant time and cleansed after use. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHA256_LEN 32
#define HMAC_LEN 32

struct hmac_key; /* keyed template: made once, shared by threads, duplicated per call */

struct hmac_key *hmac_key_new(const void *key, size_t n);
void hmac_key_free(struct hmac_key **k);
struct slice {
    const void *data;
    size_t len;
};
/* MAC over the concatenation of the parts. Aborts the process if OpenSSL itself fails. */
void hmac_sign(const struct hmac_key *k, const struct slice *parts, size_t n, uint8_t out[HMAC_LEN]);
bool hmac_check(const struct hmac_key *k, const struct slice *parts, size_t n, const uint8_t mac[HMAC_LEN]);
void sha256(const struct slice *parts, size_t n, uint8_t out[SHA256_LEN]);

/* Texts at rest, readable with the key only (AES-256-GCM). A sealed text is base64url of nonce, ciphertext and tag. It opens
 * only under the context it was sealed for (the id of its row), so nobody can put it into another place. */
struct seal_key;
#define SEAL_OVERHEAD 28 /* nonce 12, tag 16 */
#define SEALED_MAX(n) (4 * ((n) + SEAL_OVERHEAD + 2) / 3 + 1)
struct seal_key *seal_key_new(const void *key, size_t n);
void seal_key_free(struct seal_key **k);
/* `out` holds SEALED_MAX(n). */
void seal_text(const struct seal_key *k, const char *context, const void *plain, size_t n, char *out);
/* Bytes written, at most `cap`; -1: not sealed by this key for this context, or changed since. */
long unseal_text(const struct seal_key *k, const char *context, const char *sealed, uint8_t *out, size_t cap);

/* The same cipher under a key of 32 bytes that is used as it is, for bytes. */
#define AEAD_KEY_LEN 32
/* Writes nonce, ciphertext and tag: n + SEAL_OVERHEAD bytes, which is the result. */
long aead_seal(const uint8_t key[AEAD_KEY_LEN], const void *plain, size_t n, uint8_t *out);
/* `out` holds n - SEAL_OVERHEAD, which is the result; -1: not sealed by this key, or changed since. */
long aead_open(const uint8_t key[AEAD_KEY_LEN], const void *sealed, size_t n, uint8_t *out);
/* A key of its own for each use `info` of a secret that has enough chance in it (HKDF, RFC 5869, without salt). */
void hkdf_sha256(const void *secret, size_t n, const char *info, uint8_t out[SHA256_LEN]);

/* Signatures (Ed25519, RFC 8032). Keys are made once and shared by threads. */
#define SIGN_SEED_LEN 32
#define SIGN_PUBLIC_LEN 32
#define SIGNATURE_LEN 64
struct sign_key;   /* the private half */
struct verify_key; /* the public half */
/* A new pair; the seed is all there is of the private half. False: no key could be made. */
bool sign_key_make(uint8_t seed[SIGN_SEED_LEN], uint8_t public_key[SIGN_PUBLIC_LEN]);
struct sign_key *sign_key_new(const uint8_t seed[SIGN_SEED_LEN]);
void sign_key_free(struct sign_key **k);
/* Any 32 bytes make one; what is no point of the curve verifies nothing. */
struct verify_key *verify_key_new(const uint8_t public_key[SIGN_PUBLIC_LEN]);
void verify_key_free(struct verify_key **k);
/* Signature of the concatenation of the parts. */
void sign(const struct sign_key *k, const struct slice *parts, size_t n, uint8_t sig[SIGNATURE_LEN]);
bool verify(const struct verify_key *k, const struct slice *parts, size_t n, const uint8_t sig[SIGNATURE_LEN]);

void random_bytes(void *out, size_t n); /* aborts rather than return weak bytes */
bool secret_equal(const void *a, const void *b, size_t n);
void cleanse(void *p, size_t n);
/* Strict base64url without padding. encode: out holds 4*(n+2)/3 + 1. decode: bytes written, or -1. */
size_t base64url_encode(const void *in, size_t n, char *out);
long base64url_decode(const char *in, size_t n, uint8_t *out, size_t cap);
/* Plain base64 with padding, for HTTP's Basic; out holds 4 * ((n + 2) / 3) + 1. */
size_t base64_encode(const void *in, size_t n, char *out);
void hex_encode(const void *in, size_t n, char *out); /* 2n + 1 */

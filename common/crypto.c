#include "crypto.h"

#include <assert.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "log.h"

/* Copying a keyed context costs 0.5 us, fetching and keying one several: measured with OpenSSL 3.0. */
struct hmac_key {
    EVP_MAC_CTX *keyed; /* never updated, only duplicated: threads may share it */
};

static pthread_once_t fetched = PTHREAD_ONCE_INIT;
static EVP_MAC *hmac_algorithm;
static EVP_MD *sha256_algorithm;
static EVP_CIPHER *gcm_algorithm;

/* Without working cryptography nothing this process says could be trusted. */
static _Noreturn void broken(const char *what) {
    log_error("cryptography failed", "call", what);
    abort();
}

static void fetch(void) {
    hmac_algorithm = EVP_MAC_fetch(NULL, "HMAC", NULL);
    sha256_algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
    gcm_algorithm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    if (hmac_algorithm == NULL || sha256_algorithm == NULL || gcm_algorithm == NULL) broken("fetch");
}

struct hmac_key *hmac_key_new(const void *key, size_t n) {
    char digest[] = "SHA256";
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                           OSSL_PARAM_construct_end()};
    pthread_once(&fetched, fetch);
    struct hmac_key *k = calloc(1, sizeof *k);
    if (k == NULL) broken("out of memory");
    k->keyed = EVP_MAC_CTX_new(hmac_algorithm);
    /* An empty key is passed as "" since NULL would mean "keep the key of before". */
    if (k->keyed == NULL || EVP_MAC_init(k->keyed, n == 0 ? (const void *)"" : key, n, params) != 1) broken("key");
    return k;
}

void hmac_key_free(struct hmac_key **k) {
    if (*k == NULL) return;
    EVP_MAC_CTX_free((*k)->keyed); /* cleanses the key */
    free(*k);
    *k = NULL;
}

void hmac_sign(const struct hmac_key *k, const struct slice *parts, size_t n, uint8_t out[HMAC_LEN]) {
    EVP_MAC_CTX *ctx = EVP_MAC_CTX_dup(k->keyed);
    bool ok = ctx != NULL;
    for (size_t i = 0; ok && i < n; i++) ok = EVP_MAC_update(ctx, parts[i].data, parts[i].len) == 1;
    size_t len = 0;
    if (!ok || EVP_MAC_final(ctx, out, &len, HMAC_LEN) != 1 || len != HMAC_LEN) broken("hmac");
    EVP_MAC_CTX_free(ctx);
}

bool hmac_check(const struct hmac_key *k, const struct slice *parts, size_t n, const uint8_t mac[HMAC_LEN]) {
    uint8_t own[HMAC_LEN];
    hmac_sign(k, parts, n, own);
    return secret_equal(own, mac, HMAC_LEN);
}

void sha256(const struct slice *parts, size_t n, uint8_t out[SHA256_LEN]) {
    pthread_once(&fetched, fetch);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx != NULL && EVP_DigestInit_ex2(ctx, sha256_algorithm, NULL) == 1;
    for (size_t i = 0; ok && i < n; i++) ok = EVP_DigestUpdate(ctx, parts[i].data, parts[i].len) == 1;
    if (!ok || EVP_DigestFinal_ex(ctx, out, NULL) != 1) broken("sha256");
    EVP_MD_CTX_free(ctx);
}

/* ---- sealed texts ---- */
enum { NONCE_LEN = 12, TAG_LEN = 16 };
static_assert(NONCE_LEN + TAG_LEN == SEAL_OVERHEAD, "room for what is added");

struct seal_key {
    uint8_t bytes[SHA256_LEN];
};

/* Whatever the length of the text that a person chose: its hash is the key. */
struct seal_key *seal_key_new(const void *key, size_t n) {
    struct seal_key *k = calloc(1, sizeof *k);
    if (k == NULL) broken("out of memory");
    sha256(&(struct slice){key, n}, 1, k->bytes);
    return k;
}

void seal_key_free(struct seal_key **k) {
    if (*k == NULL) return;
    cleanse((*k)->bytes, sizeof(*k)->bytes);
    free(*k);
    *k = NULL;
}

/* Encrypts or decrypts `n` bytes; GCM has no padding, so as many come out. With the context taken in, the tag is next. */
static bool gcm_run(EVP_CIPHER_CTX *ctx, const struct seal_key *k, const uint8_t *nonce, const char *context,
                    bool encrypt, const void *in, size_t n, uint8_t *out) {
    int len = 0;
    size_t about = strlen(context);
    return n <= INT_MAX && about <= INT_MAX &&
           EVP_CipherInit_ex2(ctx, gcm_algorithm, k->bytes, nonce, encrypt ? 1 : 0, NULL) == 1 &&
           EVP_CipherUpdate(ctx, NULL, &len, (const uint8_t *)context, (int)about) == 1 &&
           EVP_CipherUpdate(ctx, out, &len, in, (int)n) == 1;
}

/* A random nonce of 96 bits is safe for 2^32 texts under one key (NIST SP 800-38D, 8.3). */
void seal_text(const struct seal_key *k, const char *context, const void *plain, size_t n, char *out) {
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    uint8_t *bytes = malloc(n + SEAL_OVERHEAD);
    if (ctx == NULL || bytes == NULL) broken("out of memory");
    uint8_t *tag = bytes + NONCE_LEN + n;
    int len = 0;
    random_bytes(bytes, NONCE_LEN);
    if (!gcm_run(ctx, k, bytes, context, true, plain, n, bytes + NONCE_LEN) ||
        EVP_CipherFinal_ex(ctx, tag, &len) != 1 || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_LEN, tag) != 1)
        broken("seal");
    base64url_encode(bytes, n + SEAL_OVERHEAD, out);
    free(bytes);
    EVP_CIPHER_CTX_free(ctx);
}

long unseal_text(const struct seal_key *k, const char *context, const char *sealed, uint8_t *out, size_t cap) {
    size_t text = strlen(sealed);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    uint8_t *bytes = malloc(text + 1);
    if (ctx == NULL || bytes == NULL) broken("out of memory");
    long got = base64url_decode(sealed, text, bytes, text);
    size_t n = got >= SEAL_OVERHEAD ? (size_t)got - SEAL_OVERHEAD : 0;
    int len = 0;
    bool ok = got >= SEAL_OVERHEAD && n <= cap && gcm_run(ctx, k, bytes, context, false, bytes + NONCE_LEN, n, out) &&
              EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_LEN, bytes + NONCE_LEN + n) == 1 &&
              EVP_CipherFinal_ex(ctx, bytes, &len) == 1;
    if (!ok && n <= cap) cleanse(out, n); /* never hand out what is not proven */
    free(bytes);
    EVP_CIPHER_CTX_free(ctx);
    return ok ? (long)n : -1;
}

void random_bytes(void *out, size_t n) {
    if (n > INT_MAX || RAND_bytes(out, (int)n) != 1) broken("random");
}

bool secret_equal(const void *a, const void *b, size_t n) { return CRYPTO_memcmp(a, b, n) == 0; }

void cleanse(void *p, size_t n) { OPENSSL_cleanse(p, n); }

/* ---- text forms ---- */
static const char base64url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

size_t base64url_encode(const void *in, size_t n, char *out) {
    const uint8_t *bytes = in;
    size_t len = 0;
    uint32_t bits = 0;
    unsigned have = 0;
    for (size_t i = 0; i < n; i++) {
        bits = (bits << 8 | bytes[i]) & 0xFFFFu;
        for (have += 8; have >= 6; have -= 6) out[len++] = base64url[bits >> (have - 6) & 63];
    }
    if (have > 0) out[len++] = base64url[bits << (6 - have) & 63];
    out[len] = '\0';
    return len;
}

/* The same bits with two other letters, filled up to whole groups. */
size_t base64_encode(const void *in, size_t n, char *out) {
    size_t len = base64url_encode(in, n, out);
    for (size_t i = 0; i < len; i++)
        if (out[i] == '-')
            out[i] = '+';
        else if (out[i] == '_')
            out[i] = '/';
    while (len % 4 != 0) out[len++] = '=';
    out[len] = '\0';
    return len;
}

static int sextet(char c) {
    const char *at = c == '\0' ? NULL : strchr(base64url, c);
    return at == NULL ? -1 : (int)(at - base64url);
}

/* Strict: every value has exactly one text, so bits left over at the end must be zero. */
long base64url_decode(const char *in, size_t n, uint8_t *out, size_t cap) {
    size_t len = 0;
    uint32_t bits = 0;
    unsigned have = 0;
    if (n % 4 == 1 || n / 4 * 3 + (n % 4 == 0 ? 0 : n % 4 - 1) > cap) return -1;
    for (size_t i = 0; i < n; i++) {
        int v = sextet(in[i]);
        if (v < 0) return -1;
        bits = (bits << 6 | (uint32_t)v) & 0xFFFFu;
        have += 6;
        if (have < 8) continue;
        have -= 8;
        out[len++] = (uint8_t)(bits >> have);
    }
    return (bits & ((1u << have) - 1)) == 0 ? (long)len : -1;
}

void hex_encode(const void *in, size_t n, char *out) {
    static const char digits[] = "0123456789abcdef";
    const uint8_t *bytes = in;
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * n] = '\0';
}

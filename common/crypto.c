#include "crypto.h"

#include <assert.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
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
static EVP_KDF *hkdf_algorithm;

/* Without working cryptography nothing this process says could be trusted. */
static _Noreturn void broken(const char *what) {
    log_error("cryptography failed", "call", what);
    abort();
}

static void fetch(void) {
    hmac_algorithm = EVP_MAC_fetch(NULL, "HMAC", NULL);
    sha256_algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
    gcm_algorithm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    hkdf_algorithm = EVP_KDF_fetch(NULL, "HKDF", NULL);
    if (hmac_algorithm == NULL || sha256_algorithm == NULL || gcm_algorithm == NULL || hkdf_algorithm == NULL)
        broken("fetch");
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
static bool gcm_run(EVP_CIPHER_CTX *ctx, const uint8_t *key, const uint8_t *nonce, const char *context, bool encrypt,
                    const void *in, size_t n, uint8_t *out) {
    int len = 0;
    size_t about = strlen(context);
    return n <= INT_MAX && about <= INT_MAX &&
           EVP_CipherInit_ex2(ctx, gcm_algorithm, key, nonce, encrypt ? 1 : 0, NULL) == 1 &&
           EVP_CipherUpdate(ctx, NULL, &len, (const uint8_t *)context, (int)about) == 1 &&
           EVP_CipherUpdate(ctx, out, &len, in, (int)n) == 1;
}

/* A random nonce of 96 bits is safe for 2^32 texts under one key (NIST SP 800-38D, 8.3). */
static void gcm_seal(const uint8_t *key, const char *context, const void *plain, size_t n, uint8_t *out) {
    pthread_once(&fetched, fetch);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    if (ctx == NULL) broken("out of memory");
    uint8_t *tag = out + NONCE_LEN + n;
    int len = 0;
    random_bytes(out, NONCE_LEN);
    if (!gcm_run(ctx, key, out, context, true, plain, n, out + NONCE_LEN) || EVP_CipherFinal_ex(ctx, tag, &len) != 1 ||
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_LEN, tag) != 1)
        broken("seal");
    EVP_CIPHER_CTX_free(ctx);
}

static long gcm_open(const uint8_t *key, const char *context, const uint8_t *sealed, size_t len, uint8_t *out,
                     size_t cap) {
    if (len < SEAL_OVERHEAD || len - SEAL_OVERHEAD > cap) return -1;
    pthread_once(&fetched, fetch);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    if (ctx == NULL) broken("out of memory");
    size_t n = len - SEAL_OVERHEAD;
    uint8_t tag[TAG_LEN];
    int rest = 0;
    memcpy(tag, sealed + NONCE_LEN + n, TAG_LEN); /* OpenSSL's parameter is not const */
    bool ok = gcm_run(ctx, key, sealed, context, false, sealed + NONCE_LEN, n, out) &&
              EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_LEN, tag) == 1 &&
              EVP_CipherFinal_ex(ctx, tag, &rest) == 1;
    if (!ok) cleanse(out, n); /* never hand out what is not proven */
    EVP_CIPHER_CTX_free(ctx);
    return ok ? (long)n : -1;
}

void seal_text(const struct seal_key *k, const char *context, const void *plain, size_t n, char *out) {
    uint8_t *bytes = malloc(n + SEAL_OVERHEAD);
    if (bytes == NULL) broken("out of memory");
    gcm_seal(k->bytes, context, plain, n, bytes);
    base64url_encode(bytes, n + SEAL_OVERHEAD, out);
    free(bytes);
}

long unseal_text(const struct seal_key *k, const char *context, const char *sealed, uint8_t *out, size_t cap) {
    size_t text = strlen(sealed);
    uint8_t *bytes = malloc(text + 1);
    if (bytes == NULL) broken("out of memory");
    long got = base64url_decode(sealed, text, bytes, text);
    long n = got < 0 ? -1 : gcm_open(k->bytes, context, bytes, (size_t)got, out, cap);
    free(bytes);
    return n;
}

long aead_seal(const uint8_t key[AEAD_KEY_LEN], const void *plain, size_t n, uint8_t *out) {
    gcm_seal(key, "", plain, n, out);
    return (long)(n + SEAL_OVERHEAD);
}

long aead_open(const uint8_t key[AEAD_KEY_LEN], const void *sealed, size_t n, uint8_t *out) {
    return gcm_open(key, "", sealed, n, out, n);
}

void hkdf_sha256(const void *secret, size_t n, const char *info, uint8_t out[SHA256_LEN]) {
    pthread_once(&fetched, fetch);
    char digest[] = "SHA256";
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)secret, n), /* only read */
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)(uintptr_t)info, strlen(info)),
        OSSL_PARAM_construct_end()};
    EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(hkdf_algorithm);
    if (ctx == NULL || EVP_KDF_derive(ctx, out, SHA256_LEN, params) != 1) broken("hkdf");
    EVP_KDF_CTX_free(ctx);
}

/* ---- signatures ---- */
enum { SMALL_MESSAGE = 512 };

struct sign_key {
    EVP_PKEY *pair; /* only read, so threads may share it */
};
struct verify_key {
    EVP_PKEY *half;
};

static EVP_PKEY *private_half(const uint8_t seed[SIGN_SEED_LEN]) {
    return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, SIGN_SEED_LEN);
}

bool sign_key_make(uint8_t seed[SIGN_SEED_LEN], uint8_t public_key[SIGN_PUBLIC_LEN]) {
    random_bytes(seed, SIGN_SEED_LEN); /* RFC 8032, 5.1.5: any 32 random bytes are a private key */
    EVP_PKEY *pair = private_half(seed);
    size_t len = SIGN_PUBLIC_LEN;
    bool ok = pair != NULL && EVP_PKEY_get_raw_public_key(pair, public_key, &len) == 1 && len == SIGN_PUBLIC_LEN;
    EVP_PKEY_free(pair);
    return ok;
}

struct sign_key *sign_key_new(const uint8_t seed[SIGN_SEED_LEN]) {
    struct sign_key *k = calloc(1, sizeof *k);
    if (k == NULL || (k->pair = private_half(seed)) == NULL) broken("private key");
    return k;
}

void sign_key_free(struct sign_key **k) {
    if (*k == NULL) return;
    EVP_PKEY_free((*k)->pair); /* cleanses it */
    free(*k);
    *k = NULL;
}

struct verify_key *verify_key_new(const uint8_t public_key[SIGN_PUBLIC_LEN]) {
    struct verify_key *k = calloc(1, sizeof *k);
    if (k == NULL) broken("out of memory");
    k->half = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, SIGN_PUBLIC_LEN);
    if (k->half == NULL) broken("public key");
    return k;
}

void verify_key_free(struct verify_key **k) {
    if (*k == NULL) return;
    EVP_PKEY_free((*k)->half);
    free(*k);
    *k = NULL;
}

/* Ed25519 takes a message as a whole. Short ones use `small`; what is not `small` is for the caller to free. */
static uint8_t *join_parts(const struct slice *parts, size_t n, uint8_t small[SMALL_MESSAGE], size_t *len) {
    *len = 0;
    for (size_t i = 0; i < n; i++) *len += parts[i].len;
    uint8_t *whole = *len <= SMALL_MESSAGE ? small : malloc(*len);
    if (whole == NULL) broken("out of memory");
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        if (parts[i].len > 0) memcpy(whole + at, parts[i].data, parts[i].len);
        at += parts[i].len;
    }
    return whole;
}

void sign(const struct sign_key *k, const struct slice *parts, size_t n, uint8_t sig[SIGNATURE_LEN]) {
    uint8_t small[SMALL_MESSAGE];
    size_t len, sig_len = SIGNATURE_LEN;
    uint8_t *whole = join_parts(parts, n, small, &len);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (ctx == NULL || EVP_DigestSignInit(ctx, NULL, NULL, NULL, k->pair) != 1 ||
        EVP_DigestSign(ctx, sig, &sig_len, whole, len) != 1 || sig_len != SIGNATURE_LEN)
        broken("sign");
    EVP_MD_CTX_free(ctx);
    if (whole != small) free(whole);
}

bool verify(const struct verify_key *k, const struct slice *parts, size_t n, const uint8_t sig[SIGNATURE_LEN]) {
    uint8_t small[SMALL_MESSAGE];
    size_t len;
    uint8_t *whole = join_parts(parts, n, small, &len);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (ctx == NULL || EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, k->half) != 1) broken("verify");
    bool ok = EVP_DigestVerify(ctx, sig, SIGNATURE_LEN, whole, len) == 1;
    EVP_MD_CTX_free(ctx);
    if (whole != small) free(whole);
    return ok;
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

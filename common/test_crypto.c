#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto.h"

static void assert_hex(const uint8_t *bytes, size_t n, const char *expected) {
    char hex[2 * 64 + 1];
    hex_encode(bytes, n, hex);
    assert_string_equal(hex, expected);
}

static void sha256_of_known_texts(void **state) {
    (void)state;
    uint8_t out[SHA256_LEN];
    sha256(NULL, 0, out);
    assert_hex(out, sizeof out, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    const struct slice abc[] = {{"a", 1}, {"", 0}, {"bc", 2}};
    sha256(abc, 3, out);
    assert_hex(out, sizeof out, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/* RFC 4231, test cases 2 and 6. */
static void hmac_of_known_texts(void **state) {
    (void)state;
    uint8_t out[HMAC_LEN], key[131];
    struct hmac_key *k = hmac_key_new("Jefe", 4);
    const struct slice parts[] = {{"what do ya want ", 16}, {"for nothing?", 12}};
    for (int i = 0; i < 3; i++) { /* the template is not used up */
        hmac_sign(k, parts, 2, out);
        assert_hex(out, sizeof out, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
    assert_true(hmac_check(k, parts, 2, out));
    assert_false(hmac_check(k, parts, 1, out));
    for (size_t bit = 0; bit < 8 * HMAC_LEN; bit++) {
        out[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(hmac_check(k, parts, 2, out));
        out[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    hmac_key_free(&k);
    assert_null(k);
    hmac_key_free(&k);
    memset(key, 0xaa, sizeof key);
    k = hmac_key_new(key, sizeof key);
    const struct slice large = {"Test Using Larger Than Block-Size Key - Hash Key First", 54};
    hmac_sign(k, &large, 1, out);
    assert_hex(out, sizeof out, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    hmac_key_free(&k);
    k = hmac_key_new(NULL, 0);
    hmac_sign(k, NULL, 0, out);
    assert_hex(out, sizeof out, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
    hmac_key_free(&k);
}

static void base64url_both_ways(void **state) {
    (void)state;
    static const struct {
        const char *raw, *text;
    } cases[] = {{"", ""},
                 {"f", "Zg"},
                 {"fo", "Zm8"},
                 {"foo", "Zm9v"},
                 {"foob", "Zm9vYg"},
                 {"foobar", "Zm9vYmFy"},
                 {"\xFB\xFF\xBF", "-_-_"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[32];
        uint8_t raw[32];
        size_t n = strlen(cases[i].raw);
        assert_int_equal(base64url_encode(cases[i].raw, n, text), strlen(cases[i].text));
        assert_string_equal(text, cases[i].text);
        assert_int_equal(base64url_decode(text, strlen(text), raw, sizeof raw), n);
        assert_memory_equal(raw, cases[i].raw, n);
    }
    for (size_t n = 0; n < 200; n++) {
        uint8_t in[200], out[200];
        char text[400];
        random_bytes(in, n);
        size_t len = base64url_encode(in, n, text);
        assert_int_equal(base64url_decode(text, len, out, n), n); /* room for exactly n */
        assert_memory_equal(in, out, n);
    }
}

static void base64url_is_strict(void **state) {
    (void)state;
    static const char *const bad[] = {"Z",    "Zg==",  "Zg=", "Zh" /* spare bits */, "Zm9", "Zm+v", "Zm/v", "Zm9v\n",
                                      "Zm 9", "Zm9vY", "한글"};
    uint8_t out[32];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (base64url_decode(bad[i], strlen(bad[i]), out, sizeof out) != -1) fail_msg("accepted: %s", bad[i]);
    assert_int_equal(base64url_decode("Zm\0v", 4, out, sizeof out), -1);
    assert_int_equal(base64url_decode("Zm9v", 4, out, 2), -1);
    assert_int_equal(base64url_decode("Zm9vYg", 6, out, 3), -1);
}

enum { PLAIN_MAX = 100 };

static void plain_base64(void **state) {
    (void)state;
    static const char *const cases[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"\xFB\xFF\xFE", "+//+"},
                                           {"test_sk_abc:", "dGVzdF9za19hYmM6"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[32];
        assert_int_equal(base64_encode(cases[i][0], strlen(cases[i][0]), out), strlen(cases[i][1]));
        assert_string_equal(out, cases[i][1]);
    }
}

static void sealed_texts_open_where_they_belong(void **state) {
    (void)state;
    struct seal_key *k = seal_key_new("a key of thirty-two characters..", 32), *other = seal_key_new("other", 5);
    uint8_t plain[PLAIN_MAX], opened[PLAIN_MAX];
    char sealed[SEALED_MAX(PLAIN_MAX)], again[SEALED_MAX(PLAIN_MAX)];
    random_bytes(plain, sizeof plain);
    for (size_t n = 0; n <= PLAIN_MAX; n++) {
        seal_text(k, "row 1", plain, n, sealed);
        seal_text(k, "row 1", plain, n, again);
        assert_string_not_equal(sealed, again); /* nobody sees that two are the same */
        assert_true(strlen(sealed) < SEALED_MAX(n));
        assert_int_equal(unseal_text(k, "row 1", sealed, opened, n), n); /* room for exactly n */
        assert_memory_equal(opened, plain, n);
        assert_int_equal(unseal_text(k, "row 2", sealed, opened, n), -1);
        assert_int_equal(unseal_text(other, "row 1", sealed, opened, n), -1);
        if (n > 0) assert_int_equal(unseal_text(k, "row 1", sealed, opened, n - 1), -1);
    }
    seal_key_free(&other);
    seal_key_free(&k);
    assert_null(k);
    seal_key_free(&k);
}

static void a_changed_sealed_text_does_not_open(void **state) {
    (void)state;
    struct seal_key *k = seal_key_new("key", 3);
    char sealed[SEALED_MAX(20)];
    uint8_t bytes[64], opened[20];
    seal_text(k, "", "12345678901234567890", 20, sealed);
    long len = base64url_decode(sealed, strlen(sealed), bytes, sizeof bytes);
    assert_int_equal(len, 20 + SEAL_OVERHEAD);
    for (size_t bit = 0; bit < 8 * (size_t)len; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        base64url_encode(bytes, (size_t)len, sealed);
        memset(opened, 1, sizeof opened);
        assert_int_equal(unseal_text(k, "", sealed, opened, sizeof opened), -1);
        assert_int_equal(opened[0], 0);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    static const char *const bad[] = {"", "a", "AAAA", "not base64!", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(unseal_text(k, "", bad[i], opened, sizeof opened), -1);
    seal_key_free(&k);
}

/* Made by Node: SHA-256 of "key" as the key, nonce 000102...0b, context "refund". */
static void seals_as_others_do(void **state) {
    (void)state;
    struct seal_key *k = seal_key_new("key", 3);
    uint8_t opened[32];
    assert_int_equal(unseal_text(k, "refund", "AAECAwQFBgcICQoLfcvLB0NbrJy7x4Tvcfz09nGYTU3t", opened, sizeof opened),
                     5);
    assert_memory_equal(opened, "hello", 5);
    seal_key_free(&k);
}

static size_t from_hex(const char *hex, uint8_t *out) {
    for (size_t i = 0; i < strlen(hex); i++) {
        uint8_t digit = (uint8_t)(hex[i] <= '9' ? hex[i] - '0' : hex[i] - 'a' + 10);
        out[i / 2] = (uint8_t)(i % 2 == 0 ? digit << 4 : out[i / 2] | digit);
    }
    return strlen(hex) / 2;
}

/* As Node's createCipheriv does: key 00..1f, nonce 00..0b, no further data. */
static void bytes_sealed_under_a_derived_key(void **state) {
    (void)state;
    uint8_t key[AEAD_KEY_LEN], sealed[PLAIN_MAX + SEAL_OVERHEAD], opened[PLAIN_MAX];
    for (size_t i = 0; i < sizeof key; i++) key[i] = (uint8_t)i;
    const char *nodes = "AAECAwQFBgcICQoLL2e6d6onl_81O4oEbSgjbc2dBXu7";
    long n = base64url_decode(nodes, strlen(nodes), sealed, sizeof sealed);
    assert_int_equal(aead_open(key, sealed, (size_t)n, opened), 5);
    assert_memory_equal(opened, "hello", 5);
    for (size_t len = 0; len <= PLAIN_MAX; len += 25) {
        uint8_t plain[PLAIN_MAX];
        random_bytes(plain, sizeof plain);
        n = aead_seal(key, plain, len, sealed);
        assert_int_equal(n, len + SEAL_OVERHEAD);
        assert_int_equal(aead_open(key, sealed, (size_t)n, opened), len);
        assert_memory_equal(opened, plain, len);
        sealed[len / 2] ^= 1;
        assert_int_equal(aead_open(key, sealed, (size_t)n, opened), -1);
        sealed[len / 2] ^= 1;
        assert_int_equal(aead_open(key, sealed, (size_t)n - 1, opened), -1);
        key[31] ^= 1;
        assert_int_equal(aead_open(key, sealed, (size_t)n, opened), -1);
        key[31] ^= 1;
    }
    assert_int_equal(aead_open(key, sealed, SEAL_OVERHEAD - 1, opened), -1);
}

/* RFC 5869, test case 3 (its first 32 bytes), and one of Node's hkdfSync with an info. */
static void keys_derived_from_a_secret(void **state) {
    (void)state;
    uint8_t out[SHA256_LEN], secret[22];
    memset(secret, 0x0b, sizeof secret);
    hkdf_sha256(secret, sizeof secret, "", out);
    assert_hex(out, sizeof out, "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
    hkdf_sha256("the whole code", 14, "exhibition-manifest/1", out);
    assert_hex(out, sizeof out, "4cf02e7ced3279f9b60070658bdab286bc09d2c61358a4062376e3f76f9912cd");
}

/* RFC 8032, 7.1: tests 1 to 3. */
static void signatures_of_known_texts(void **state) {
    (void)state;
    static const struct {
        const char *seed, *public_key, *message, *signature;
    } cases[] = {
        {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
         "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bb"
         "e"
         "24655141438e7a100b"},
        {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
         "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302"
         "a"
         "eeb00d291612bb0c00"},
        {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
         "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
         "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed"
         "2"
         "8dc027beceea1ec40a"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t seed[SIGN_SEED_LEN], public_key[SIGN_PUBLIC_LEN], message[8], sig[SIGNATURE_LEN];
        from_hex(cases[i].seed, seed);
        from_hex(cases[i].public_key, public_key);
        size_t n = from_hex(cases[i].message, message);
        const struct slice parts[] = {{message, n / 2}, {message + n / 2, n - n / 2}};
        struct sign_key *signer = sign_key_new(seed);
        struct verify_key *checker = verify_key_new(public_key);
        sign(signer, parts, 2, sig);
        assert_hex(sig, sizeof sig, cases[i].signature);
        assert_true(verify(checker, parts, 2, sig));
        sign_key_free(&signer);
        verify_key_free(&checker);
    }
}

/* Short and long messages, in parts or whole; no bit of text or signature may change, and no other key opens. */
static void signatures_hold_for_their_text_only(void **state) {
    (void)state;
    static const size_t lengths[] = {1, 32, 512, 513, 2000};
    uint8_t seed[SIGN_SEED_LEN], public_key[SIGN_PUBLIC_LEN], other_public[SIGN_PUBLIC_LEN], text[2000];
    assert_true(sign_key_make(seed, public_key));
    struct sign_key *signer = sign_key_new(seed);
    struct verify_key *checker = verify_key_new(public_key);
    assert_true(sign_key_make(seed, other_public));
    struct verify_key *other = verify_key_new(other_public);
    random_bytes(text, sizeof text);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        uint8_t sig[SIGNATURE_LEN];
        const struct slice whole = {text, lengths[i]};
        const struct slice parts[] = {{text, lengths[i] / 2}, {text + lengths[i] / 2, lengths[i] - lengths[i] / 2}};
        sign(signer, &whole, 1, sig);
        assert_true(verify(checker, parts, 2, sig));
        assert_false(verify(other, &whole, 1, sig));
        for (size_t bit = 0; bit < 8 * SIGNATURE_LEN; bit += lengths[i] == 32 ? 1 : 37) {
            sig[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_false(verify(checker, &whole, 1, sig));
            sig[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        text[lengths[i] - 1] ^= 1;
        assert_false(verify(checker, &whole, 1, sig));
        text[lengths[i] - 1] ^= 1;
    }
    memset(public_key, 0xff, sizeof public_key); /* no point of the curve */
    struct verify_key *nobody = verify_key_new(public_key);
    uint8_t sig[SIGNATURE_LEN] = {0};
    assert_false(verify(nobody, NULL, 0, sig));
    verify_key_free(&nobody);
    verify_key_free(&other);
    verify_key_free(&checker);
    sign_key_free(&signer);
    assert_null(signer);
    sign_key_free(&signer);
}

static void randomness_and_comparison(void **state) {
    (void)state;
    uint8_t a[32] = {0}, b[32] = {0};
    random_bytes(a, sizeof a);
    random_bytes(b, sizeof b);
    assert_false(secret_equal(a, b, sizeof a));
    assert_true(secret_equal(a, a, sizeof a));
    assert_true(secret_equal(a, b, 0));
    const uint8_t zeros[32] = {0};
    cleanse(a, sizeof a);
    assert_memory_equal(a, zeros, sizeof a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_of_known_texts),
        cmocka_unit_test(hmac_of_known_texts),
        cmocka_unit_test(base64url_both_ways),
        cmocka_unit_test(base64url_is_strict),
        cmocka_unit_test(randomness_and_comparison),
        cmocka_unit_test(sealed_texts_open_where_they_belong),
        cmocka_unit_test(plain_base64),
        cmocka_unit_test(seals_as_others_do),
        cmocka_unit_test(a_changed_sealed_text_does_not_open),
        cmocka_unit_test(bytes_sealed_under_a_derived_key),
        cmocka_unit_test(keys_derived_from_a_secret),
        cmocka_unit_test(signatures_of_known_texts),
        cmocka_unit_test(signatures_hold_for_their_text_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

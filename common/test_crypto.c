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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

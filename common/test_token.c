#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto.h"
#include "token.h"

static const char order[] = "ORD20261122ABCDEFGHJK";

static int make_key(void **state) {
    *state = hmac_key_new("0123456789abcdef0123456789abcdef", 32);
    return *state == NULL;
}

static int drop_key(void **state) {
    struct hmac_key *k = *state;
    hmac_key_free(&k);
    return 0;
}

static void names_scope_and_version(void **state) {
    static const uint16_t versions[] = {0, 1, 255, 256, 65535};
    for (enum token_scope scope = TOKEN_VIEW; scope <= TOKEN_MANAGE; scope++)
        for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
            char token[ORDER_TOKEN_MAX];
            uint16_t version = 7;
            order_token_make(*state, order, scope, versions[i], token);
            assert_int_equal(strlen(token), 27);
            assert_int_equal(order_token_check(*state, order, token, &version), scope);
            assert_int_equal(version, versions[i]);
        }
}

static void every_changed_bit_is_noticed(void **state) {
    char token[ORDER_TOKEN_MAX];
    uint16_t version = 7;
    order_token_make(*state, order, TOKEN_VIEW, 3, token);
    for (size_t bit = 0; bit < 8 * strlen(token); bit++) {
        char other[ORDER_TOKEN_MAX];
        memcpy(other, token, sizeof other);
        other[bit / 8] = (char)(other[bit / 8] ^ (1 << bit % 8));
        assert_int_equal(order_token_check(*state, order, other, &version), TOKEN_NONE);
    }
    uint8_t raw[20];
    assert_int_equal(base64url_decode(token, strlen(token), raw, sizeof raw), sizeof raw);
    for (size_t bit = 0; bit < 8 * sizeof raw; bit++) {
        char other[ORDER_TOKEN_MAX];
        raw[bit / 8] ^= (uint8_t)(1u << bit % 8);
        base64url_encode(raw, sizeof raw, other);
        assert_int_equal(order_token_check(*state, order, other, &version), TOKEN_NONE);
        raw[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_int_equal(version, 7); /* untouched by refused tokens */
}

static void belongs_to_one_order_and_key(void **state) {
    char token[ORDER_TOKEN_MAX];
    uint16_t version;
    order_token_make(*state, order, TOKEN_MANAGE, 0, token);
    assert_int_equal(order_token_check(*state, "ORD20261122ABCDEFGHJM", token, &version), TOKEN_NONE);
    assert_int_equal(order_token_check(*state, "", token, &version), TOKEN_NONE);
    struct hmac_key *other = hmac_key_new("another key", 11);
    assert_int_equal(order_token_check(other, order, token, &version), TOKEN_NONE);
    hmac_key_free(&other);
}

static void a_token_without_a_right_is_none(void **state) {
    char token[ORDER_TOKEN_MAX];
    uint16_t version;
    for (unsigned scope = 0; scope < 256; scope++) {
        if (scope == TOKEN_VIEW || scope == TOKEN_MANAGE) continue;
        order_token_make(*state, order, (enum token_scope)scope, 0, token);
        assert_int_equal(order_token_check(*state, order, token, &version), TOKEN_NONE);
    }
}

static void shape_is_checked(void **state) {
    static const char *const bad[] = {
        "", "A", "AQEAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAA", "not a token at all, not at all", "한글"};
    uint16_t version;
    char token[ORDER_TOKEN_MAX], longer[200];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(order_token_check(*state, order, bad[i], &version), TOKEN_NONE);
    order_token_make(*state, order, TOKEN_VIEW, 0, token);
    for (size_t extra = 1; extra < 150; extra++) {
        memset(longer, 'A', sizeof longer);
        memcpy(longer, token, strlen(token));
        longer[strlen(token) + extra] = '\0';
        assert_int_equal(order_token_check(*state, order, longer, &version), TOKEN_NONE);
    }
    for (size_t len = 0; len < strlen(token); len++) {
        memcpy(longer, token, len);
        longer[len] = '\0';
        assert_int_equal(order_token_check(*state, order, longer, &version), TOKEN_NONE);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_scope_and_version),
        cmocka_unit_test(every_changed_bit_is_noticed),
        cmocka_unit_test(belongs_to_one_order_and_key),
        cmocka_unit_test(a_token_without_a_right_is_none),
        cmocka_unit_test(shape_is_checked),
    };
    return cmocka_run_group_tests(tests, make_key, drop_key);
}

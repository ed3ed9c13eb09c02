#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "shops.h"

/* base64 of "test_sk_abc:" and others; the first is the reference's test vector. */
static void who_may_call(void **state) {
    (void)state;
    static const struct {
        const char *header, *code;
        size_t shop;
    } cases[] = {
        {"Basic dGVzdF9za19hYmM6", NULL, 0},
        {"basic dGVzdF9za19hYmM6", NULL, 0},
        {"Basic dGVzdF9za194eXo6", NULL, 1},                          /* test_sk_xyz: */
        {"Basic dGVzdF9za19hYmM=", "INCORRECT_BASIC_AUTH_FORMAT", 0}, /* no colon */
        {"Basic dGVzdF9za19hYmM6cA==", "UNAUTHORIZED_KEY", 0},        /* a password */
        {"Basic dGVzdF9za19hYjo=", "UNAUTHORIZED_KEY", 0},            /* test_sk_ab: */
        {"Basic dGVzdF9za19hYmNkOg==", "UNAUTHORIZED_KEY", 0},        /* test_sk_abcd: */
        {"Basic dGVzdF9ja19hYmM6", "INVALID_API_KEY", 0},             /* test_ck_abc: */
        {"Basic dGVzdF9nc2tfeDo=", "INVALID_API_KEY", 0},             /* test_gsk_x: */
        {"Basic bGl2ZV9za19hYmM6", "UNAUTHORIZED_KEY", 0},            /* live_sk_abc: */
        {"Basic ", "INCORRECT_BASIC_AUTH_FORMAT", 0},
        {"Basic !!!!", "UNAUTHORIZED_KEY", 0},
        {"Bearer dGVzdF9za19hYmM6", "UNAUTHORIZED_KEY", 0},
        {NULL, "UNAUTHORIZED_KEY", 0},
    };
    struct shops *s = shops_open("test_sk_abc,test_sk_xyz", "test_ck_abc,test_ck_xyz");
    assert_non_null(s);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t shop;
        const char *code = shops_authorize(s, cases[i].header, &shop);
        if (cases[i].code == NULL)
            assert_null(code);
        else
            assert_string_equal(code, cases[i].code);
        assert_int_equal(shop, cases[i].shop);
    }
    size_t shop;
    assert_true(shops_of_client(s, "test_ck_xyz", &shop));
    assert_int_equal(shop, 1);
    assert_false(shops_of_client(s, "test_sk_abc", &shop));
    assert_string_not_equal(shops_m_id(s, 0), shops_m_id(s, 1));
    shops_close(&s);
}

static void a_very_long_key(void **state) {
    (void)state;
    char header[2048] = "Basic ";
    memset(header + 6, 'A', sizeof header - 7);
    header[sizeof header - 1] = '\0';
    size_t shop;
    struct shops *s = shops_open("test_sk_abc", "test_ck_abc");
    assert_string_equal(shops_authorize(s, header, &shop), "UNAUTHORIZED_KEY");
    shops_close(&s);
}

static void which_lists_are_accepted(void **state) {
    (void)state;
    static const char *const refused[][2] = {
        {"", ""},
        {"test_sk_a", ""},
        {"test_sk_a,test_sk_b", "test_ck_a"},
        {"test_sk_a", "test_ck_a,test_ck_b"},
        {"live_sk_a", "test_ck_a"},
        {"test_sk_a", "live_ck_a"},
        {"test_sk_", "test_ck_a"},
        {"test_gsk_a", "test_gck_a"},
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) assert_null(shops_open(refused[i][0], refused[i][1]));
    struct shops *s = shops_open("test_sk_a", "test_ck_a");
    assert_non_null(s);
    shops_close(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(who_may_call), cmocka_unit_test(a_very_long_key),
                                       cmocka_unit_test(which_lists_are_accepted)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "toss_keys.h"

#define TOSS "https://api.tosspayments.com/v1/payments"
#define SANDBOX "http://127.0.0.1:8090/v1/payments"
#define COUNT(list) (sizeof(list) / sizeof *(list))

static void which_keys_go_where(void **state) {
    (void)state;
    static const struct {
        const char *secret, *client, *url;
        bool production;
        const char *why; /* a part of the reason; NULL: allowed */
    } cases[] = {
        {"test_sk_a", "test_ck_a", TOSS, false, NULL},
        {"test_sk_a", "test_ck_a", SANDBOX, false, NULL},
        {"test_sk_a", "test_ck_a", "http://sandbox:8090", false, NULL},
        {"test_sk_a", "test_ck_a", "http://[::1]:8090/", false, NULL},
        {"\xEF\xBB\xBFtest_sk_a", "\xEF\xBB\xBFtest_ck_a", TOSS, false, NULL},
        {"live_sk_a", "live_ck_a", TOSS, false, NULL},
        {"live_sk_a", "live_ck_a", TOSS, true, NULL},
        {"live_sk_a", "live_ck_a", "https://api.tosspayments.com/", true, NULL},
        {"test_sk_a", "test_ck_a", TOSS, true, "test keys"},
        {"test_sk_a", "test_ck_a", SANDBOX, true, "test keys"},
        {"live_sk_a", "live_ck_a", SANDBOX, false, "live keys"},
        {"live_sk_a", "live_ck_a", "http://api.tosspayments.com/v1/payments", false, "live keys"},
        {"live_sk_a", "live_ck_a", "http://api.tosspayments.com/v1/payments", true, "live keys"},
        {"live_sk_a", "live_ck_a", "https://sandbox.example/v1/payments", true, "live keys"},
        {"live_sk_a", "live_ck_a", "https://api.tosspayments.com.evil.example", true, "live keys"},
        {"live_sk_a", "test_ck_a", TOSS, false, "both"},
        {"test_sk_a", "live_ck_a", TOSS, false, "both"},
        {"test_gsk_a", "test_gck_a", TOSS, false, "widget"},
        {"live_gsk_a", "live_ck_a", TOSS, false, "widget"},
        {"test_ck_a", "test_ck_a", TOSS, false, "TOSS_SECRET_KEY"},
        {"test_sk_a", "test_sk_a", TOSS, false, "TOSS_CLIENT_KEY"},
        {"test_sk_", "test_ck_a", TOSS, false, "TOSS_SECRET_KEY"},
        {"test_sk_a:", "test_ck_a", TOSS, false, "TOSS_SECRET_KEY"},
        {"test_sk_a\n", "test_ck_a", TOSS, false, "TOSS_SECRET_KEY"},
        {"test_sk_a b", "test_ck_a", TOSS, false, "TOSS_SECRET_KEY"},
        {"test_", "test_ck_a", TOSS, false, "TOSS_SECRET_KEY"},
        {"", "test_ck_a", TOSS, false, "TOSS_SECRET_KEY"},
        {"test_sk_a", "", TOSS, false, "TOSS_CLIENT_KEY"},
        {"test_sk_a", "test_ck_a", "", false, "TOSS_PAYMENT_URL"},
        {"test_sk_a", "test_ck_a", "https://", false, "TOSS_PAYMENT_URL"},
        {"test_sk_a", "test_ck_a", "ftp://a", false, "TOSS_PAYMENT_URL"},
        {"test_sk_a", "test_ck_a", "api.tosspayments.com", false, "TOSS_PAYMENT_URL"},
        {"test_sk_a", "test_ck_a", "https://api.tosspayments.com/v2/payments", false, "TOSS_PAYMENT_URL"},
        {"test_sk_a", "test_ck_a", "https://user@host/v1/payments", false, "TOSS_PAYMENT_URL"},
        {"test_sk_a", "test_ck_a", "https://host/v1/payments?a=b", false, "TOSS_PAYMENT_URL"},
        {"test_sk_a", "test_ck_a", "https://host\r\n/v1/payments", false, "TOSS_PAYMENT_URL"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *why = toss_keys_check(cases[i].secret, cases[i].client, cases[i].url, cases[i].production);
        bool expected = why == NULL ? cases[i].why == NULL : cases[i].why != NULL && strstr(why, cases[i].why) != NULL;
        if (!expected) fail_msg("case %zu: %s", i, why == NULL ? "allowed" : why);
    }
}

static void long_texts_are_refused(void **state) {
    (void)state;
    char key[TOSS_KEY_MAX + 2] = "test_sk_", out[TOSS_AUTHORIZATION_MAX], base[TOSS_URL_MAX + 1];
    memset(key + 8, 'a', sizeof key - 9);
    assert_false(toss_authorization(key, out));
    assert_non_null(toss_keys_check(key, "test_ck_a", TOSS, false));
    key[TOSS_KEY_MAX] = '\0';
    assert_true(toss_authorization(key, out));
    assert_null(toss_keys_check(key, "test_ck_a", TOSS, false));
    char url[TOSS_URL_MAX + 2] = "https://";
    memset(url + 8, 'a', sizeof url - 9);
    assert_false(toss_base_url(url, base));
    assert_non_null(toss_keys_check("test_sk_a", "test_ck_a", url, false));
}

static void the_base_of_an_address(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {TOSS, "https://api.tosspayments.com"},
        {TOSS "/", "https://api.tosspayments.com"},
        {"https://api.tosspayments.com", "https://api.tosspayments.com"},
        {"http://127.0.0.1:8090/", "http://127.0.0.1:8090"},
        {"", ""},
        {"/", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char base[TOSS_URL_MAX + 1];
        assert_true(toss_base_url(cases[i][0], base));
        assert_string_equal(base, cases[i][1]);
    }
}

static void the_authorization_header(void **state) {
    (void)state;
    char out[TOSS_AUTHORIZATION_MAX];
    assert_true(toss_authorization("test_sk_abc", out)); /* the example of Toss */
    assert_string_equal(out, "Authorization: Basic dGVzdF9za19hYmM6");
    assert_true(toss_authorization("\xEF\xBB\xBFtest_sk_abc", out));
    assert_string_equal(out, "Authorization: Basic dGVzdF9za19hYmM6");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(which_keys_go_where),
        cmocka_unit_test(long_texts_are_refused),
        cmocka_unit_test(the_base_of_an_address),
        cmocka_unit_test(the_authorization_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

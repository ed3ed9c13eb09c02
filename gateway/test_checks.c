#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "checks.h"

static void test_json_type(void **state) {
    (void)state;
    static const char *const good[] = {"application/json", "Application/JSON", "application/json;charset=utf-8",
                                       "application/json; charset=UTF-8", "application/json ; charset=\"utf-8\" "};
    static const char *const bad[] = {"",
                                      "text/plain",
                                      "application/jsonx",
                                      "application/json; charset=euc-kr",
                                      "application/json; charset=utf-8x",
                                      "application/json;",
                                      "application/json, text/plain",
                                      "application/json; boundary=x",
                                      "xapplication/json"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (!is_json_type(good[i])) fail_msg("refused: %s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (is_json_type(bad[i])) fail_msg("accepted: %s", bad[i]);
    assert_false(is_json_type(NULL));
}

static void test_request_id(void **state) {
    (void)state;
    char id[66];
    memset(id, 'a', sizeof id);
    id[64] = '\0';
    assert_true(is_request_id(id));
    id[64] = 'a';
    id[65] = '\0';
    assert_false(is_request_id(id));
    assert_true(is_request_id("0-aZ9-xy"));
    assert_false(is_request_id("0-aZ9-x"));
    assert_false(is_request_id("abcdefgh_"));
    assert_false(is_request_id("abcdefgh\r\nX: y"));
}

static void test_idempotency_key(void **state) {
    (void)state;
    char key[130];
    memset(key, 'k', sizeof key);
    key[128] = '\0';
    assert_true(is_idempotency_key(key));
    key[128] = 'k';
    key[129] = '\0';
    assert_false(is_idempotency_key(key));
    assert_true(is_idempotency_key("a b~"));
    assert_false(is_idempotency_key(""));
    assert_false(is_idempotency_key("a\tb"));
    assert_false(is_idempotency_key("\x7f"));
    assert_false(is_idempotency_key("\xed\x99\x8d"));
}

static void test_language(void **state) {
    (void)state;
    static const struct {
        const char *header;
        enum lang lang;
    } cases[] = {
        {NULL, LANG_KO},        {"", LANG_KO},
        {"en", LANG_EN},        {"en-US,en;q=0.9,ko;q=0.8", LANG_EN},
        {"ko-KR, en", LANG_KO}, {"fr, en;q=0.5", LANG_EN},
        {"english", LANG_KO},   {"en;q=0, ko", LANG_KO},
        {"EN-gb", LANG_EN},     {"fr", LANG_KO},
        {",,;,en", LANG_EN},    {"en;q=0.0", LANG_KO},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (accept_language(cases[i].header) != cases[i].lang) fail_msg("%s", cases[i].header);
}

static void test_etag(void **state) {
    (void)state;
    static const struct {
        const char *header;
        bool matches;
    } cases[] = {
        {NULL, false},  {"", false},      {"\"a\"", true},        {"W/\"a\"", true},
        {"*", true},    {"\"b\"", false}, {"\"b\", \"a\"", true}, {"\"b\",W/\"a\" ", true},
        {"\"a", false}, {"a", false},     {"\"ab\"", false},      {"\"b\" x \"a\"", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (etag_matches(cases[i].header, "\"a\"") != cases[i].matches) fail_msg("%s", cases[i].header);
}

static void test_bearer_and_lists(void **state) {
    (void)state;
    assert_string_equal(bearer_token("Bearer abc"), "abc");
    assert_string_equal(bearer_token("bearer  abc"), "abc");
    assert_null(bearer_token("Basic abc"));
    assert_null(bearer_token("Bearer"));
    assert_null(bearer_token(NULL));
    assert_true(list_has("https://a.example,https://b.example", "https://b.example"));
    assert_false(list_has("https://a.example", "https://a.example.evil"));
    assert_false(list_has("https://a.example", "https://a.exampl"));
    assert_false(list_has("", "x"));
}

static void test_exhibition_code(void **state) {
    (void)state;
    assert_true(is_exhibition_code("aaa"));
    assert_true(is_exhibition_code("0-a"));
    assert_false(is_exhibition_code("-a"));
    assert_false(is_exhibition_code(""));
    assert_false(is_exhibition_code("Aaa"));
    assert_false(is_exhibition_code("a_b"));
    assert_true(is_exhibition_code("01234567890123456789012345678901234567890123456789"));
    assert_false(is_exhibition_code("012345678901234567890123456789012345678901234567890"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_type),
        cmocka_unit_test(test_request_id),
        cmocka_unit_test(test_idempotency_key),
        cmocka_unit_test(test_language),
        cmocka_unit_test(test_etag),
        cmocka_unit_test(test_bearer_and_lists),
        cmocka_unit_test(test_exhibition_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

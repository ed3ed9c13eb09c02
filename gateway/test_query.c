#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "router.h"

static void test_values(void **state) {
    (void)state;
    struct query q;
    struct json_faults f = {0};
    assert_true(query_parse(&q, "", "", &f));
    assert_int_equal(q.n, 0);
    assert_true(query_parse(&q, "&&", "", &f));
    assert_true(query_parse(&q, "q=%ED%99%8D+%2B&date=2026-12-01&empty=&bare", "date,q,empty,bare", &f));
    assert_string_equal(query_get(&q, "q"), "홍 +");
    assert_string_equal(query_get(&q, "date"), "2026-12-01");
    assert_string_equal(query_get(&q, "empty"), "");
    assert_string_equal(query_get(&q, "bare"), "");
    assert_null(query_get(&q, "month"));
    assert_true(query_parse(&q, "q=a=b", "q", &f));
    assert_string_equal(query_get(&q, "q"), "a=b");
}

static void test_faults(void **state) {
    (void)state;
    static const struct {
        const char *raw, *field;
        enum json_fault fault;
    } cases[] = {
        {"x=1", "x", BAD_UNKNOWN},
        {"dat=1", "dat", BAD_UNKNOWN},
        {"dates=1", "dates", BAD_UNKNOWN},
        {"=1", "", BAD_UNKNOWN},
        {"date=1&date=1", "date", BAD_DUPLICATE},
        {"date=%00", "date", BAD_FORMAT},
        {"date=%0a", "date", BAD_FORMAT},
        {"date=%c3%28", "date", BAD_FORMAT},
        {"date=%", "date", BAD_FORMAT},
        {"date=%4", "date", BAD_FORMAT},
        {"%00=1", "query", BAD_FORMAT},
        {"date,q=1", "date,q", BAD_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct query q;
        struct json_faults f = {0};
        if (query_parse(&q, cases[i].raw, "date,q", &f)) fail_msg("accepted: %s", cases[i].raw);
        assert_int_equal(f.n, 1);
        assert_string_equal(f.item[0].field, cases[i].field);
        assert_int_equal(f.item[0].fault, cases[i].fault);
    }
}

static void test_all_faults_at_once(void **state) {
    (void)state;
    struct query q;
    struct json_faults f = {0};
    assert_false(query_parse(&q, "a=1&b=2&date=1&c=3", "date", &f));
    assert_int_equal(f.n, 3);
    char many[QUERY_BYTES + 100];
    for (size_t i = 0; i + 2 < sizeof many; i += 2) memcpy(many + i, "a&", 3);
    many[QUERY_BYTES - BUS_MAX_PARAMS] = '\0';
    f.n = 0;
    assert_false(query_parse(&q, many, "date", &f));
    assert_int_equal(f.n, JSON_MAX_FAULTS);
}

static void test_lengths(void **state) {
    (void)state;
    char raw[QUERY_BYTES + 100] = "q=";
    struct query q;
    struct json_faults f = {0};
    memset(raw + 2, 'a', QUERY_VALUE_BYTES);
    assert_true(query_parse(&q, raw, "q", &f));
    raw[2 + QUERY_VALUE_BYTES] = 'a';
    assert_false(query_parse(&q, raw, "q", &f));
    assert_int_equal(f.item[0].fault, BAD_LENGTH);
    memset(raw + 2, 'a', sizeof raw - 3);
    assert_false(query_parse(&q, raw, "q", &f));
    assert_string_equal(f.item[1].field, "query");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_all_faults_at_once),
        cmocka_unit_test(test_lengths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

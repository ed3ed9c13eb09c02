#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "common/arena.h"
#include "record.h"

static const struct record_field fields[] = {
    {"code", REC_CODE, 1, 50, true, false},   {"name", REC_TEXT, 1, 5, true, false},
    {"venue", REC_TEXT, 0, 5, false, true},   {"color", REC_COLOR, 7, 7, false, false},
    {"url", REC_URL, 0, 50, false, true},     {"day", REC_DATE, 10, 10, false, false},
    {"open", REC_TIME, 0, 0, false, true},    {"lines", REC_LINES, 0, 3, false, true},
    {"steps", REC_STEPS, 0, 3, false, false}, {"n", REC_INT, 0, 9, false, false},
    {"yes", REC_BOOL, 0, 0, false, false},
};
enum { CODE, NAME, VENUE, COLOR, URL, DAY, OPEN, LINES, STEPS, NUMBER, YES, COUNT };

static struct arena *arena;

static size_t read_body(const char *body, bool create, struct db_args *args) {
    struct json_faults faults = {0};
    struct json_in in;
    *args = db_args(arena);
    assert_int_equal(json_open(&in, arena, &faults, body, strlen(body), false), ST_OK);
    record_read(&in, fields, COUNT, create, args);
    json_end(&in);
    assert_int_equal(args->n, COUNT);
    return faults.n;
}

static void values(void **state) {
    (void)state;
    struct db_args args;
    assert_int_equal(
        read_body("{\"code\":\"a-1\",\"name\":\"빛\",\"venue\":null,\"color\":\"#ABCDEF\",\"url\":\"/x.png\","
                  "\"day\":\"2026-12-01\",\"open\":\"2026-12-01T10:00:00+09:00\",\"lines\":[\"a\",\"b\"],"
                  "\"steps\":[{\"days_before\":7,\"fee_percent\":0},{\"days_before\":1,\"fee_percent\":10}],"
                  "\"n\":0,\"yes\":false}",
                  true, &args),
        0);
    assert_string_equal(args.v[CODE], "a-1");
    assert_string_equal(args.v[VENUE], "");
    assert_string_equal(args.v[COLOR], "#abcdef");
    assert_string_equal(args.v[LINES], "a\nb");
    assert_string_equal(args.v[NUMBER], "0");
    assert_non_null(args.v[OPEN]);
    assert_non_null(args.v[STEPS]);
    assert_non_null(args.v[YES]);
}

static void absent_is_null(void **state) {
    (void)state;
    struct db_args args;
    assert_int_equal(read_body("{}", false, &args), 0);
    for (int i = 0; i < COUNT; i++) assert_null(args.v[i]);
    assert_int_equal(read_body("{}", true, &args), 2); /* code and name */
    assert_int_equal(read_body("{\"open\":null,\"lines\":null,\"n\":null}", false, &args), 0);
    assert_string_equal(args.v[OPEN], "");
    assert_string_equal(args.v[LINES], "");
    assert_null(args.v[NUMBER]);
}

static void refusals(void **state) {
    (void)state;
    static const char *const bodies[] = {
        "{\"code\":\"Abc\"}",
        "{\"code\":\"-a\"}",
        "{\"code\":\"admin\"}",
        "{\"code\":\"_\"}",
        "{\"code\":\"a.b\"}",
        "{\"name\":\"\"}",
        "{\"name\":\"여섯글자이름\"}",
        "{\"color\":\"#12345g\"}",
        "{\"url\":\"javascript:alert(1)\"}",
        "{\"url\":\"//evil.example\"}",
        "{\"url\":\"https://a/\\\"x\"}",
        "{\"day\":\"2026-02-30\"}",
        "{\"open\":\"2026-12-01\"}",
        "{\"lines\":[\"a\\nb\"]}",
        "{\"lines\":[\"\"]}",
        "{\"lines\":\"a\"}",
        "{\"steps\":[{\"days_before\":1}]}",
        "{\"steps\":[{\"days_before\":1,\"fee_percent\":0},{\"days_before\":1,\"fee_percent\":5}]}",
        "{\"steps\":[{\"days_before\":1,\"fee_percent\":101}]}",
        "{\"n\":10}",
        "{\"n\":\"1\"}",
        "{\"yes\":1}",
        "{\"other\":1}",
    };
    struct db_args args;
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) assert_int_equal(read_body(bodies[i], false, &args), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(values), cmocka_unit_test(absent_is_null),
                                       cmocka_unit_test(refusals)};
    arena = arena_new(4 << 20);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(&arena);
    return failed;
}

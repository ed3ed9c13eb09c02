#include "json_pick.h"
#include "test_arena.h"

static void copies_what_is_wanted(void **state) {
    static const char *const names[] = {"a", "list", "deep", "last"};
    static const struct {
        const char *object, *picked;
    } cases[] = {
        {"{}", "{}"},
        {"{\"a\": 1}", "{\"a\": 1}"},
        {"{\"b\": 1}", "{}"},
        {"{\"ab\": 1, \"a\": \"x,}\\\"\\\\\", \"b\": {\"a\": 2}}", "{\"a\": \"x,}\\\"\\\\\"}"},
        {"{\"list\": [1, {\"a\": \"]\"}], \"c\": [], \"deep\": {\"b\": {\"c\": [2]}}}",
         "{\"list\": [1, {\"a\": \"]\"}],\"deep\": {\"b\": {\"c\": [2]}}}"},
        {"{\"\": 1, \"a\\\"\": 2, \"last\": null}", "{\"last\": null}"},
        {"[\"a\", {\"b\": 1}]", "[\"a\", {\"b\": 1}]"},
        {"null", "null"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct strbuf b;
        strbuf_init(&b, *state, 1000);
        json_pick(cases[i].object, names, 4, &b);
        assert_string_equal(b.data, cases[i].picked);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(copies_what_is_wanted)};
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}

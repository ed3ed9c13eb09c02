#include "common/test_arena.h"
#include <stdlib.h>
#include <string.h>
#include "form.h"

static void redirects(void **state) {
    static const char *const pairs[] = {"a", "1", "b", "x y&=#?%\xea\xb0\x80", NULL};
    static const char *const cases[][2] = {
        {"http://s/ok", "http://s/ok?a=1&b=x%20y%26%3D%23%3F%25%EA%B0%80"},
        {"http://s/ok?", "http://s/ok?a=1&b=x%20y%26%3D%23%3F%25%EA%B0%80"},
        {"http://s/ok?q=2", "http://s/ok?q=2&a=1&b=x%20y%26%3D%23%3F%25%EA%B0%80"},
        {"http://s/#f", "http://s/?a=1&b=x%20y%26%3D%23%3F%25%EA%B0%80#f"},
        {"http://s/?q=2#f?g", "http://s/?q=2&a=1&b=x%20y%26%3D%23%3F%25%EA%B0%80#f?g"},
        {"http://s/#f?g=1", "http://s/?a=1&b=x%20y%26%3D%23%3F%25%EA%B0%80#f?g=1"},
        {"", "?a=1&b=x%20y%26%3D%23%3F%25%EA%B0%80"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(form_add(*state, cases[i][0], pairs), cases[i][1]);
}

static void values(void **state) {
    const char *text = "a=1&bb=x+y%26z&empty=&a=2&flag&broken=%4&bad=%ff&nul=%00";
    assert_string_equal(form_value(*state, text, "a"), "1");
    assert_string_equal(form_value(*state, text, "bb"), "x y&z");
    assert_string_equal(form_value(*state, text, "empty"), "");
    static const char *const none[] = {"b", "flag", "broken", "bad", "nul", "missing", ""};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) assert_null(form_value(*state, text, none[i]));
}

static void no_memory(void **state) {
    (void)state;
    static const char *const pairs[] = {"a", "1", NULL};
    struct arena *tiny = arena_new(16);
    assert_null(form_add(tiny, "http://shop.example/", pairs));
    assert_null(form_value(tiny, "a=0123456789012345678901234567890123456789", "a"));
    arena_free(&tiny);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(redirects), cmocka_unit_test(values),
                                       cmocka_unit_test(no_memory)};
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}

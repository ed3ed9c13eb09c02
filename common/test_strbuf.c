#include <string.h>

#include "strbuf.h"
#include "test_arena.h"

static void appends(void **state) {
    struct strbuf b;
    strbuf_init(&b, *state, 1000);
    assert_string_equal(b.data, "");
    strbuf_puts(&b, "abc");
    strbuf_putc(&b, '-');
    strbuf_put(&b, "xyzzy", 3);
    strbuf_put(&b, NULL, 0);
    strbuf_printf(&b, "[%05d]", 42);
    assert_string_equal(b.data, "abc-xyz[00042]");
    assert_int_equal(b.len, 14);
    assert_true(strbuf_ok(&b));
}

static void integers(void **state) {
    static const struct {
        int64_t v;
        const char *text;
    } cases[] = {{0, "0"},
                 {7, "7"},
                 {-1, "-1"},
                 {1234567890123, "1234567890123"},
                 {INT64_MAX, "9223372036854775807"},
                 {INT64_MIN, "-9223372036854775808"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct strbuf b;
        strbuf_init(&b, *state, 100);
        strbuf_int(&b, cases[i].v);
        assert_string_equal(b.data, cases[i].text);
    }
}

static void grows_to_exactly_its_maximum(void **state) {
    struct strbuf b;
    strbuf_init(&b, *state, 5000);
    for (int i = 0; i < 5000; i++) strbuf_putc(&b, (char)('a' + i % 26));
    assert_true(strbuf_ok(&b));
    assert_int_equal(b.len, 5000);
    for (int i = 0; i < 5000; i++) assert_int_equal(b.data[i], 'a' + i % 26);
    strbuf_putc(&b, 'x');
    assert_false(strbuf_ok(&b));
    assert_int_equal(b.len, 5000);
    assert_int_equal(b.data[5000], '\0');
}

static void failure_is_remembered(void **state) {
    struct strbuf b;
    strbuf_init(&b, *state, 4);
    strbuf_puts(&b, "abc");
    strbuf_puts(&b, "de");
    assert_false(strbuf_ok(&b));
    strbuf_putc(&b, 'd'); /* would fit, but what came before it is missing */
    strbuf_printf(&b, "%d", 1);
    assert_string_equal(b.data, "abc");
}

static void printf_around_the_limits(void **state) {
    for (int len = 250; len < 262; len++) {
        struct strbuf b;
        strbuf_init(&b, *state, 258);
        strbuf_printf(&b, "%0*d", len, 1);
        assert_int_equal(strbuf_ok(&b), len <= 258);
        assert_int_equal(b.len, len <= 258 ? len : 0);
        assert_int_equal(strlen(b.data), b.len);
    }
}

static void segments_stay_one(void **state) {
    struct strbuf b;
    strbuf_init(&b, *state, 100);
    strbuf_segment(&b, "aZ0-_.~/?#%& +\xea\xb0\x80");
    assert_string_equal(b.data, "aZ0-_.~%2F%3F%23%25%26%20%2B%EA%B0%80");
}

static void without_memory(void **state) {
    (void)state;
    struct arena *a = arena_new(16);
    struct strbuf b;
    strbuf_init(&b, a, 1000);
    assert_false(strbuf_ok(&b));
    strbuf_puts(&b, "abc");
    strbuf_printf(&b, "%d", 5);
    assert_string_equal(b.data, "");
    arena_free(&a);
    a = arena_new(300);
    strbuf_init(&b, a, 1000);
    for (int i = 0; i < 500; i++) strbuf_putc(&b, 'x');
    assert_false(strbuf_ok(&b));
    assert_int_equal(strlen(b.data), 255);
    arena_free(&a);
}

static void maximum_of_nothing(void **state) {
    struct strbuf b;
    strbuf_init(&b, *state, 0);
    assert_true(strbuf_ok(&b));
    strbuf_putc(&b, 'x');
    assert_false(strbuf_ok(&b));
    assert_string_equal(b.data, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends),
        cmocka_unit_test(integers),
        cmocka_unit_test(grows_to_exactly_its_maximum),
        cmocka_unit_test(failure_is_remembered),
        cmocka_unit_test(printf_around_the_limits),
        cmocka_unit_test(segments_stay_one),
        cmocka_unit_test(without_memory),
        cmocka_unit_test(maximum_of_nothing),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}

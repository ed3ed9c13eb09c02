#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "arena.h"
#include "bus.h"

static int make_arena(void **state) {
    *state = arena_new(1 << 16);
    return *state == NULL;
}

static int drop_arena(void **state) {
    struct arena *a = *state;
    arena_free(&a);
    return 0;
}

/* Whose scope and question give which list; `codes` joined by ' ', NULL: no limit. */
static void lists_the_exhibitions_of_a_call(void **state) {
    static const struct {
        const char *scope, *asked;
        enum status status;
        const char *codes;
    } cases[] = {
        {"*", NULL, ST_OK, NULL},
        {"*", "", ST_OK, NULL},
        {"*", "aaa", ST_OK, "aaa"},
        {"aaa", NULL, ST_OK, "aaa"},
        {"aaa,bbb,c", NULL, ST_OK, "aaa bbb c"},
        {"aaa,bbb,c", "", ST_OK, "aaa bbb c"},
        {"aaa,bbb,c", "bbb", ST_OK, "bbb"},
        {"aaa,bbb,c", "bb", ST_NOT_FOUND, NULL},
        {"aaa", "aaa,bbb", ST_NOT_FOUND, NULL},
        {"aaa", "*", ST_NOT_FOUND, NULL},
        {",aaa,,bbb,", NULL, ST_OK, "aaa bbb"},
        {"", NULL, ST_OK, ""},
        {"", "aaa", ST_NOT_FOUND, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bus_req req = {.arena = *state, .head = {.scope = cases[i].scope}};
        const char *const *codes;
        char text[64] = "";
        size_t n;
        if (cases[i].asked != NULL) {
            req.head.params[0] = (struct bus_param){"exhibition", cases[i].asked};
            req.head.n_params = 1;
        }
        assert_int_equal(bus_scope(&req, &codes, &n), cases[i].status);
        if (cases[i].codes == NULL) {
            assert_null(codes);
            assert_int_equal(n, 0);
            continue;
        }
        assert_non_null(codes);
        for (size_t k = 0, len = 0; k < n; k++)
            len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", k > 0 ? " " : "", codes[k]);
        assert_string_equal(text, cases[i].codes);
    }
}

static void a_text_is_given_or_not(void **state) {
    const struct bus_req req = {.head = {.n_params = 2, .params = {{"q", "kim"}, {"state", ""}}}};
    (void)state;
    assert_string_equal(bus_param_text(&req, "q"), "kim");
    assert_null(bus_param_text(&req, "state"));
    assert_null(bus_param_text(&req, "none"));
}

static void a_number_is_digits_within_bounds(void **state) {
    static const struct {
        const char *text;
        bool good;
        int64_t v;
    } rows[] = {
        {NULL, true, 50},
        {"", true, 50},
        {"1", true, 1},
        {"200", true, 200},
        {"007", true, 7},
        {"0", false, 0},
        {"201", false, 0},
        {"-1", false, 0},
        {"+1", false, 0},
        {" 1", false, 0},
        {"1 ", false, 0},
        {"1.0", false, 0},
        {"0x1", false, 0},
        {"\xef\xbc\x91", false, 0},
        {"99999999999999999999", false, 0},
    };
    int64_t v;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct bus_req req = {.head = {.n_params = rows[i].text != NULL, .params = {{"limit", rows[i].text}}}};
        assert_int_equal(bus_param_int(&req, "limit", 1, 200, 50, &v), rows[i].good);
        if (rows[i].good) assert_int_equal(v, rows[i].v);
    }
    const struct bus_req longest = {.head = {.n_params = 1, .params = {{"cursor", "999999999999999999"}}}};
    assert_true(bus_param_int(&longest, "cursor", 1, INT64_MAX, 0, &v));
    assert_int_equal(v, 999999999999999999);
    assert_false(bus_param_int(&longest, "cursor", 1, INT32_MAX, 0, &v));
}

static void an_id_is_never_absent(void **state) {
    static const char *const none[] = {"", "0", "-1", "1a", "8"};
    const struct bus_req without = {.head = {.n_params = 0}}, with = {.head = {.n_params = 1, .params = {{"id", "7"}}}};
    int64_t id;
    (void)state;
    assert_false(bus_param_id(&without, 7, &id));
    assert_true(bus_param_id(&with, 7, &id));
    assert_int_equal(id, 7);
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        const struct bus_req req = {.head = {.n_params = 1, .params = {{"id", none[i]}}}};
        assert_false(bus_param_id(&req, 7, &id));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lists_the_exhibitions_of_a_call, make_arena, drop_arena),
        cmocka_unit_test(a_text_is_given_or_not),
        cmocka_unit_test(a_number_is_digits_within_bounds),
        cmocka_unit_test(an_id_is_never_absent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lists_the_exhibitions_of_a_call, make_arena, drop_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "arena.h"

static void blocks_are_zeroed_and_aligned(void **state) {
    (void)state;
    struct arena *a = arena_new(1 << 20);
    for (size_t n = 0; n < 300; n++) {
        char *p = arena_alloc(a, n);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % 16, 0);
        for (size_t i = 0; i < n; i++) assert_int_equal(p[i], 0);
        memset(p, 0xAB, n);
    }
    arena_free(&a);
    assert_null(a);
    arena_free(&a);
}

static void blocks_do_not_overlap(void **state) {
    (void)state;
    enum { N = 2000 };
    struct arena *a = arena_new(1 << 22);
    unsigned char *p[N];
    for (size_t i = 0; i < N; i++) {
        p[i] = arena_alloc(a, 1 + i % 700);
        assert_non_null(p[i]);
        memset(p[i], (int)(i % 251), 1 + i % 700);
    }
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < 1 + i % 700; j++) assert_int_equal(p[i][j], i % 251);
    arena_free(&a);
}

/* arena_alloc() clears nothing: it is the reset that wipes. */
static void memory_is_wiped_by_reset(void **state) {
    (void)state;
    struct arena *a = arena_new(1 << 20);
    char *first = arena_alloc(a, 64);
    memset(first, 1, 64);
    assert_non_null(arena_alloc(a, 100000));
    arena_reset(a);
    char *again = arena_alloc(a, 64);
    assert_ptr_equal(first, again); /* the first chunk is kept */
    for (size_t i = 0; i < 64; i++) assert_int_equal(again[i], 0);
    arena_free(&a);
}

static void never_grows_beyond_its_limit(void **state) {
    (void)state;
    const size_t max = 100000;
    struct arena *a = arena_new(max);
    for (int round = 0; round < 3; round++) {
        size_t got = 0;
        while (arena_alloc(a, 1000) != NULL) got += 1000;
        assert_in_range(got, 80000, max);
        assert_null(arena_alloc(a, max));
        arena_reset(a);
    }
    assert_null(arena_alloc(a, max + 1));
    assert_null(arena_alloc(a, SIZE_MAX));
    arena_free(&a);
}

static void whole_limit_in_one_block(void **state) {
    (void)state;
    struct arena *a = arena_new(4096);
    assert_non_null(arena_alloc(a, 4096));
    assert_null(arena_alloc(a, 1));
    arena_free(&a);
    a = arena_new(SIZE_MAX);
    assert_null(arena_alloc(a, SIZE_MAX));
    assert_non_null(arena_alloc(a, 100000));
    arena_free(&a);
    a = arena_new(0);
    assert_null(arena_alloc(a, 1));
    arena_free(&a);
}

static void texts(void **state) {
    (void)state;
    struct arena *a = arena_new(4096);
    assert_string_equal(arena_strdup(a, "전시회"), "전시회");
    assert_string_equal(arena_strdup(a, ""), "");
    assert_string_equal(arena_strndup(a, "abcdef", 3), "abc");
    assert_string_equal(arena_strndup(a, "ab", 100), "ab");
    assert_string_equal(arena_printf(a, "%s-%d", "x", 7), "x-7");
    char *wide = arena_printf(a, "%0*d", 1000, 5); /* longer than the buffer on the stack */
    assert_int_equal(strlen(wide), 1000);
    assert_int_equal(wide[999], '5');
    for (int len = 254; len < 258; len++) assert_int_equal(strlen(arena_printf(a, "%0*d", len, 1)), len);
    assert_null(arena_printf(a, "%0*d", 9000, 5));
    arena_free(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_zeroed_and_aligned), cmocka_unit_test(blocks_do_not_overlap),
        cmocka_unit_test(memory_is_wiped_by_reset),      cmocka_unit_test(never_grows_beyond_its_limit),
        cmocka_unit_test(whole_limit_in_one_block),      cmocka_unit_test(texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <stdlib.h>

#include "db.h"
#include "test_arena.h"

static void scalars(void **state) {
    struct db_args a = db_args(*state);
    db_arg_text(&a, "x");
    db_arg_int(&a, INT64_MIN);
    db_arg_bool(&a, true);
    db_arg_bool(&a, false);
    db_arg_null(&a);
    db_arg_text(&a, NULL);
    db_arg_time(&a, 0);
    db_arg_time(&a, 1000);
    assert_int_equal(a.n, 8);
    assert_string_equal(a.v[0], "x");
    assert_string_equal(a.v[1], "-9223372036854775808");
    assert_string_equal(a.v[2], "t");
    assert_string_equal(a.v[3], "f");
    assert_null(a.v[4]);
    assert_null(a.v[5]);
    assert_null(a.v[6]);
    assert_string_equal(a.v[7], "1970-01-01T09:00:01.000+09:00");
}

static void arrays(void **state) {
    struct db_args a = db_args(*state);
    db_arg_ints(&a, (const int64_t[]){1, -2, INT64_MAX, INT64_MIN}, 4);
    db_arg_ints(&a, NULL, 0);
    db_arg_texts(&a, (const char *const[]){"a", NULL, "", "q\"b\\c", "{,}", "NULL"}, 6);
    db_arg_texts(&a, NULL, 0);
    assert_string_equal(a.v[0], "{1,-2,9223372036854775807,-9223372036854775808}");
    assert_string_equal(a.v[1], "{}");
    assert_string_equal(a.v[2], "{\"a\",NULL,\"\",\"q\\\"b\\\\c\",\"{,}\",\"NULL\"}");
    assert_string_equal(a.v[3], "{}");
}

/* A list that could not be built whole must be refused, never run with NULLs in it. */
static void too_many(void **state) {
    struct db_args a = db_args(*state);
    for (int i = 0; i < DB_MAX_ARGS; i++) db_arg_int(&a, i);
    assert_int_equal(a.n, DB_MAX_ARGS);
    db_arg_null(&a);
    assert_true(a.n > DB_MAX_ARGS);
    db_arg_text(&a, "later");
    assert_true(a.n > DB_MAX_ARGS);
}

static void out_of_memory(void **state) {
    (void)state;
    struct arena *small = arena_new(4096);
    struct db_args a = db_args(small);
    int64_t *many = calloc(10000, sizeof *many);
    assert_non_null(many);
    db_arg_ints(&a, many, 10000);
    free(many);
    assert_true(a.n > DB_MAX_ARGS);
    struct db *db = db_open("postgresql://127.0.0.1:1/none", "test", 1000);
    assert_non_null(db);
    static const struct db_stmt st = {"never", "SELECT 1"};
    assert_int_equal(db_exec(db, &st, &a, NULL), DB_ERROR); /* before any connection is tried: that would be DB_LOST */
    db_close(&db);
    arena_free(&small);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(scalars, make_arena, drop_arena),
        cmocka_unit_test_setup_teardown(arrays, make_arena, drop_arena),
        cmocka_unit_test_setup_teardown(too_many, make_arena, drop_arena),
        cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

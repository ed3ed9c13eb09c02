#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "login.h"

#define NOW 1800000000000

static void a_lock_doubles_up_to_an_hour(void **state) {
    static const struct {
        int64_t failures, seconds;
    } rows[] = {{0, 0},   {1, 0},     {4, 0},     {5, 60},    {6, 120},        {7, 240},         {8, 480},
                {9, 960}, {10, 1920}, {11, 3600}, {12, 3600}, {1000000, 3600}, {INT64_MAX, 3600}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(login_lock_seconds(rows[i].failures), rows[i].seconds);
}

static void the_fifth_try_in_a_row_locks(void **state) {
    struct login_tries t = {0};
    (void)state;
    for (int i = 1; i <= 4; i++) {
        t = login_try_next(&t, NOW + i);
        assert_int_equal(t.failures, i);
        assert_int_equal(login_locked_for(&t, NOW + i), 0);
    }
    t = login_try_next(&t, NOW);
    assert_int_equal(login_locked_for(&t, NOW), 60);
    assert_int_equal(login_locked_for(&t, NOW + 59001), 1);
    assert_int_equal(login_locked_for(&t, NOW + 60000), 0);
    t = login_try_next(&t, NOW + 60000);
    assert_int_equal(login_locked_for(&t, NOW + 60000), 120);
}

static void a_day_without_tries_is_forgotten(void **state) {
    const struct login_tries t = {.failures = 9, .last_ms = NOW, .locked_until_ms = NOW + 1};
    (void)state;
    assert_int_equal(login_try_next(&t, NOW + LOGIN_FORGET_MS - 1).failures, 10);
    assert_int_equal(login_try_next(&t, NOW + LOGIN_FORGET_MS).failures, 1);
    assert_int_equal(login_try_next(&t, NOW + LOGIN_FORGET_MS).locked_until_ms, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lock_doubles_up_to_an_hour),
        cmocka_unit_test(the_fifth_try_in_a_row_locks),
        cmocka_unit_test(a_day_without_tries_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include "limits.h"

#define START 1000000
static const struct limit_rule rule = {.per_minute = 60, .burst = 3};

static int setup(void **state) {
    *state = limits_open(1024, "key", 3);
    return *state != NULL ? 0 : -1;
}

static int teardown(void **state) {
    struct limits *l = *state;
    limits_close(&l);
    return l == NULL ? 0 : -1;
}

static void test_burst_then_rate(void **state) {
    struct limits *l = *state;
    for (int i = 0; i < 3; i++) assert_int_equal(limits_take(l, 1, &rule, "a", START), 0);
    assert_int_equal(limits_take(l, 1, &rule, "a", START), 1);
    assert_int_equal(limits_take(l, 1, &rule, "a", START + 999), 1);
    assert_int_equal(limits_take(l, 1, &rule, "a", START + 1000), 0);
    assert_int_equal(limits_take(l, 1, &rule, "a", START + 1000), 1);
    /* refusals cost nothing: after a rest the whole burst is back, and no more */
    for (int i = 0; i < 3; i++) assert_int_equal(limits_take(l, 1, &rule, "a", START + 60000), 0);
    assert_int_equal(limits_take(l, 1, &rule, "a", START + 60000), 1);
}

static void test_wait_is_told(void **state) {
    struct limits *l = *state;
    const struct limit_rule slow = {.per_minute = 2, .burst = 1};
    assert_int_equal(limits_take(l, 1, &slow, "a", START), 0);
    assert_int_equal(limits_take(l, 1, &slow, "a", START), 30);
    assert_int_equal(limits_take(l, 1, &slow, "a", START + 10500), 20);
    assert_int_equal(limits_take(l, 1, &slow, "a", START + 30000), 0);
}

static void test_each_has_his_own(void **state) {
    struct limits *l = *state;
    for (int i = 0; i < 3; i++) limits_take(l, 1, &rule, "a", START);
    assert_int_equal(limits_take(l, 1, &rule, "b", START), 0);
    assert_int_equal(limits_take(l, 2, &rule, "a", START), 0);
    assert_int_not_equal(limits_take(l, 1, &rule, "a", START), 0);
}

static void test_zero_is_no_limit(void **state) {
    struct limits *l = *state;
    const struct limit_rule none = {.per_minute = 0, .burst = 1};
    for (int i = 0; i < 1000; i++) assert_int_equal(limits_take(l, 1, &none, "a", START), 0);
}

static void test_memory_is_bounded_and_forgives(void **state) {
    struct limits *l = *state;
    char who[16];
    for (int i = 0; i < 100000; i++) {
        snprintf(who, sizeof who, "%d", i);
        assert_int_equal(limits_take(l, 1, &rule, who, START + i),
                         0); /* newcomers are never refused for lack of room */
    }
}

static void test_busy_ones_outlive_a_flood(void **state) {
    struct limits *l = *state;
    const struct limit_rule slow = {.per_minute = 1, .burst = 1};
    char who[16];
    assert_int_equal(limits_take(l, 1, &slow, "busy", START), 0);
    for (int i = 0; i < 100000; i++) {
        snprintf(who, sizeof who, "%d", i);
        limits_take(l, 1, &rule, who, START);
    }
    assert_int_not_equal(limits_take(l, 1, &slow, "busy", START), 0);
}

static void test_under_way(void **state) {
    struct limits *l = *state;
    int first = limits_enter(l, "a", 2), second = limits_enter(l, "a", 2);
    assert_true(first >= 0 && second >= 0);
    assert_int_equal(limits_enter(l, "a", 2), -1);
    assert_true(limits_enter(l, "b", 2) >= 0);
    limits_leave(l, first);
    assert_true(limits_enter(l, "a", 2) >= 0);
    assert_int_equal(limits_enter(l, "a", 2), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_burst_then_rate, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wait_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(test_each_has_his_own, setup, teardown),
        cmocka_unit_test_setup_teardown(test_zero_is_no_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_memory_is_bounded_and_forgives, setup, teardown),
        cmocka_unit_test_setup_teardown(test_busy_ones_outlive_a_flood, setup, teardown),
        cmocka_unit_test_setup_teardown(test_under_way, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

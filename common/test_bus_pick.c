#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "bus_pick.h"

enum { N = 4 };

static void nobody_usable(void **state) {
    (void)state;
    const struct candidate c[N] = {{.load = 1}, {.slow = true}, {.load = 0}, {.load = 9}};
    assert_int_equal(bus_pick(c, N, 0), -1);
    assert_int_equal(bus_pick(c, 0, 7), -1);
}

static void least_load_wins_wherever_chance_starts(void **state) {
    (void)state;
    const struct candidate c[N] = {{true, false, 3}, {true, false, 1}, {false, false, 0}, {true, false, 2}};
    for (uint32_t chance = 0; chance < 3 * N; chance++) assert_int_equal(bus_pick(c, N, chance), 1);
}

static void a_slow_one_is_second_choice_only(void **state) {
    (void)state;
    struct candidate c[N] = {{true, true, 0}, {true, false, 50}, {true, true, 2}, {false, false, 0}};
    for (uint32_t chance = 0; chance < N; chance++) assert_int_equal(bus_pick(c, N, chance), 1);
    c[1].usable = false;
    for (uint32_t chance = 0; chance < N; chance++) assert_int_equal(bus_pick(c, N, chance), 0);
}

static void ties_go_to_everyone(void **state) {
    (void)state;
    const struct candidate c[N] = {{true, false, 2}, {true, false, 2}, {true, false, 2}, {true, false, 2}};
    int seen[N] = {0};
    for (uint32_t chance = 0; chance < N; chance++) seen[bus_pick(c, N, chance)]++;
    for (int i = 0; i < N; i++) assert_int_equal(seen[i], 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_usable),
        cmocka_unit_test(least_load_wins_wherever_chance_starts),
        cmocka_unit_test(a_slow_one_is_second_choice_only),
        cmocka_unit_test(ties_go_to_everyone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

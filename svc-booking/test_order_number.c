#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "common/timeutil.h"
#include "order_number.h"

static void made_of_day_and_randomness(void **state) {
    (void)state;
    char out[ORDER_NUMBER_LEN + 1];
    int32_t day;
    assert_true(date_parse("2026-11-22", &day));
    order_number_make(day, 0, out);
    assert_string_equal(out, "ORD202611220000000000");
    order_number_make(day, UINT64_MAX, out);
    assert_string_equal(out, "ORD20261122ZZZZZZZZZZ");
    order_number_make(day, 31, out);
    assert_string_equal(out, "ORD20261122Z000000000");
}

static void only_its_own_shape_is_valid(void **state) {
    (void)state;
    assert_true(order_number_valid("ORD202611220123456789"));
    assert_false(order_number_valid(""));
    assert_false(order_number_valid("ORD20261122012345678"));
    assert_false(order_number_valid("ORD2026112201234567890"));
    assert_false(order_number_valid("ORD20261122012345678I"));
    assert_false(order_number_valid("ORD2026112X0123456789"));
    assert_false(order_number_valid("ord202611220123456789"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(made_of_day_and_randomness),
        cmocka_unit_test(only_its_own_shape_is_valid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The expected edges are written out a second time, as words, so that a slip in the table cannot hide. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "order.h"

static const char *const edges[][2] = {
    {"reserved", "paying"},
    {"reserved", "paid"},
    {"reserved", "expired"},
    {"reserved", "cancelled"},
    {"paying", "reserved"},
    {"paying", "awaiting_deposit"},
    {"paying", "paid"},
    {"paying", "expired"},
    {"paying", "cancelled"},
    {"awaiting_deposit", "paid"},
    {"awaiting_deposit", "expired"},
    {"awaiting_deposit", "cancelled"},
    {"paid", "awaiting_deposit"},
    {"paid", "partially_cancelled"},
    {"paid", "cancelled"},
    {"partially_cancelled", "partially_cancelled"},
    {"partially_cancelled", "cancelled"},
    {"expired", "paid"},
    {"cancelled", "paid"},
};

static bool expected(const char *from, const char *to) {
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++)
        if (strcmp(edges[i][0], from) == 0 && strcmp(edges[i][1], to) == 0) return true;
    return false;
}

static void every_pair(void **state) {
    (void)state;
    size_t allowed = 0;
    for (int f = 0; f < ORDER_STATUS_COUNT; f++) {
        for (int t = 0; t < ORDER_STATUS_COUNT; t++) {
            enum order_status from = (enum order_status)f, to = (enum order_status)t;
            bool want = expected(order_status_name(from), order_status_name(to));
            if (order_can_move(from, to) != want)
                fail_msg("%s -> %s should be %s", order_status_name(from), order_status_name(to),
                         want ? "allowed" : "refused");
            allowed += want;
        }
    }
    assert_int_equal(allowed, sizeof edges / sizeof *edges);
}

static void names_go_both_ways(void **state) {
    (void)state;
    for (int s = 0; s < ORDER_STATUS_COUNT; s++) {
        enum order_status back = ORDER_STATUS_COUNT;
        assert_true(order_status_parse(order_status_name((enum order_status)s), &back));
        assert_int_equal(back, s);
    }
    enum order_status untouched = ORDER_PAID;
    assert_false(order_status_parse("refunded", &untouched));
    assert_int_equal(untouched, ORDER_PAID);
}

static void strangers_never_move(void **state) {
    (void)state;
    assert_false(order_can_move(ORDER_STATUS_COUNT, ORDER_PAID));
    assert_false(order_can_move(ORDER_RESERVED, ORDER_STATUS_COUNT));
    assert_string_equal(order_status_name(ORDER_STATUS_COUNT), "?");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair),
        cmocka_unit_test(names_go_both_ways),
        cmocka_unit_test(strangers_never_move),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

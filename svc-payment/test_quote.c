#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/arena.h"
#include "quote.h"

#define TEN_PERCENT "[{\"days_before\":7,\"fee_percent\":0},{\"days_before\":1,\"fee_percent\":10}]"

static struct arena *arena;
static struct ticket_row tickets[4];
static struct order_info order;
static struct quote_wish wish;
static struct quote quote;

/* Three tickets, a visit in 3 days, 10 %. */
static int new_order(void **state) {
    (void)state;
    arena_reset(arena);
    for (int i = 0; i < 4; i++)
        tickets[i] = (struct ticket_row){.id = 11 + i, .product_id = 1, .price = 15000 + i, .status = "valid"};
    order = (struct order_info){.order_number = "ORD202611230000000001",
                                .status = "paid",
                                .visit_day = 103,
                                .refund_policy = TEN_PERCENT,
                                .tickets = tickets,
                                .n_tickets = 3};
    wish = (struct quote_wish){.sales = INT64_MAX};
    return 0;
}

static enum status make_at(int32_t today) { return quote_make(arena, &order, &wish, today, &quote); }

static void name(const int64_t *ids, size_t n) {
    wish.tickets = ids;
    wish.n = n;
}

static void all_that_are_left(void **state) {
    (void)state;
    assert_int_equal(make_at(100), ST_OK);
    assert_int_equal(quote.n, 3);
    assert_int_equal(quote.fee, 1500 + 1500 + 1500);
    assert_int_equal(quote.amount, 45003 - 4500);
    assert_string_equal(quote_step_json(arena, &quote), "{\"days_before\":1,\"fee_percent\":10}");
    assert_int_equal(strlen(quote.id), QUOTE_ID_LEN);
    tickets[0].status = "void";
    tickets[2].status = "refunding";
    assert_int_equal(make_at(100), ST_OK);
    assert_int_equal(quote.n, 1);
    assert_int_equal(quote.tickets[0], 12);
    tickets[1].status = "void";
    assert_int_equal(make_at(100), ST_INVALID_STATE); /* nothing is left */
}

static void the_named_ones(void **state) {
    (void)state;
    static const int64_t two[] = {13, 11}, foreign[] = {11, 99};
    name(two, 2);
    assert_int_equal(make_at(100), ST_OK);
    assert_int_equal(quote.amount + quote.fee, 30002);
    assert_int_equal(quote.tickets[0], 11); /* in the order of booking */
    name(foreign, 2);
    assert_int_equal(make_at(100), ST_VALIDATION_FAILED);
    name(two, 2);
    tickets[0].status = "refunding";
    assert_int_equal(make_at(100), ST_INVALID_STATE);
    assert_int_equal(quote.n_entered, 0);
}

static void nobody_who_is_inside(void **state) {
    (void)state;
    static const int64_t others[] = {11, 13};
    tickets[1].status = "entered";
    assert_int_equal(make_at(100), ST_INVALID_STATE);
    assert_int_equal(quote.n_entered, 1);
    assert_int_equal(quote.entered[0], 12);
    name(others, 2);
    assert_int_equal(make_at(100), ST_OK);
}

static void orders_that_cannot_be_given_back(void **state) {
    (void)state;
    static const char *const bad[] = {"reserved", "paying", "awaiting_deposit", "cancelled", "expired"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        order.status = bad[i];
        assert_int_equal(make_at(100), ST_INVALID_STATE);
    }
    order.status = "partially_cancelled";
    assert_int_equal(make_at(100), ST_OK);
    tickets[1].status = "suspended";
    assert_int_equal(make_at(100), ST_INVALID_STATE);
}

static void closed_for_buyers_only(void **state) {
    (void)state;
    assert_int_equal(make_at(102), ST_OK);
    assert_int_equal(make_at(103), ST_REFUND_CLOSED);
    assert_false(quote.policy_broken);
    wish.staff = true;
    assert_int_equal(make_at(103), ST_OK);
    assert_int_equal(quote.fee, 4500); /* the last step */
    wish.waive_fee = true;
    assert_int_equal(make_at(103), ST_OK);
    assert_int_equal(quote.fee, 0);
    assert_int_equal(quote.amount, 45003);
    assert_string_equal(quote_step_json(arena, &quote), "null");
    wish = (struct quote_wish){.sales = INT64_MAX};
    order.refund_policy = "[]";
    assert_int_equal(make_at(500), ST_OK);
    assert_int_equal(quote.fee, 0);
}

static void a_broken_policy_is_closed(void **state) {
    (void)state;
    order.refund_policy = "[{\"days_before\":1}]";
    assert_int_equal(make_at(100), ST_REFUND_CLOSED);
    assert_true(quote.policy_broken);
    wish.staff = true;
    assert_int_equal(make_at(100), ST_REFUND_CLOSED);
    wish.waive_fee = true; /* then nothing needs to be computed */
    assert_int_equal(make_at(100), ST_OK);
}

static void never_more_than_is_there(void **state) {
    (void)state;
    wish.sales = 41000;
    assert_int_equal(make_at(100), ST_OK);
    assert_int_equal(quote.amount, 40503);
    assert_int_equal(quote.fee, 497);
    wish.sales = 100;
    assert_int_equal(make_at(100), ST_OK);
    assert_int_equal(quote.amount, 100);
    assert_int_equal(quote.fee, 0);
    wish.sales = 0;
    assert_int_equal(make_at(100), ST_OK);
    assert_int_equal(quote.amount, 0);
}

static void another_id_for_whatever_differs(void **state) {
    (void)state;
    static const int64_t one[] = {11}, other[] = {12};
    char first[QUOTE_ID_LEN + 1];
    tickets[1].price = tickets[0].price;
    name(one, 1);
    assert_int_equal(make_at(100), ST_OK);
    memcpy(first, quote.id, sizeof first);
    assert_int_equal(make_at(101), ST_OK); /* the same step */
    assert_string_equal(quote.id, first);
    assert_int_equal(make_at(90), ST_OK); /* another one */
    assert_string_not_equal(quote.id, first);
    name(other, 1); /* another ticket of the same price */
    assert_int_equal(make_at(100), ST_OK);
    assert_string_not_equal(quote.id, first);
    name(one, 1);
    wish.sales = 100;
    assert_int_equal(make_at(100), ST_OK);
    assert_string_not_equal(quote.id, first);
    wish.sales = INT64_MAX;
    order.order_number = "ORD202611230000000002";
    assert_int_equal(make_at(100), ST_OK);
    assert_string_not_equal(quote.id, first);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(all_that_are_left, new_order),
        cmocka_unit_test_setup(the_named_ones, new_order),
        cmocka_unit_test_setup(nobody_who_is_inside, new_order),
        cmocka_unit_test_setup(orders_that_cannot_be_given_back, new_order),
        cmocka_unit_test_setup(closed_for_buyers_only, new_order),
        cmocka_unit_test_setup(a_broken_policy_is_closed, new_order),
        cmocka_unit_test_setup(never_more_than_is_there, new_order),
        cmocka_unit_test_setup(another_id_for_whatever_differs, new_order),
    };
    arena = arena_new(4 << 20);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(&arena);
    return failed;
}

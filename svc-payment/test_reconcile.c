#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "reconcile.h"

static struct money_moved theirs[8];
static struct booked_payment payments[4];
static struct booked_cancel cancels[4];
static struct day_books books;
static struct difference differences[16];
static size_t n;

static void note(void *arg, const struct difference *d) {
    (void)arg;
    differences[n++] = *d;
}

static void list(const char *transaction, const char *attempt, enum money_state state, int64_t amount) {
    theirs[books.n_theirs++] = (struct money_moved){
        .transaction_key = transaction, .payment_key = "pk", .order_id = attempt, .state = state, .amount = amount};
}

/* Paid on the day: T1 and T2 (not in order), T1 with a partial cancel. */
static int agree(void **state) {
    (void)state;
    books =
        (struct day_books){.theirs = theirs, .payments = payments, .cancels = cancels, .n_payments = 2, .n_cancels = 1};
    payments[0] = (struct booked_payment){.attempt_id = "T2",
                                          .order_number = "O2",
                                          .id = 2,
                                          .exhibition_id = 7,
                                          .amount = 15000,
                                          .captures = 1,
                                          .on_day = true};
    payments[1] = (struct booked_payment){.attempt_id = "T1",
                                          .order_number = "O1",
                                          .id = 1,
                                          .exhibition_id = 7,
                                          .amount = 30000,
                                          .captures = 1,
                                          .on_day = true};
    cancels[0] = (struct booked_cancel){.refund_id = "r1",
                                        .transaction_key = "c1",
                                        .attempt_id = "T1",
                                        .order_number = "O1",
                                        .attempt = 1,
                                        .amount = 13500,
                                        .posted = 13500,
                                        .on_day = true};
    list("a1", "T1", MONEY_DONE, 30000);
    list("a2", "T2", MONEY_DONE, 15000);
    list("c1", "T1", MONEY_PARTIAL_CANCELED, 13500);
    return 0;
}

static void compare(void) {
    n = 0;
    reconcile(&books, note, NULL);
}

static void assert_only(const char *name, const char *attempt, int64_t their_won, int64_t our_won) {
    compare();
    assert_int_equal(n, 1);
    assert_string_equal(differences[0].name, name);
    assert_string_equal(differences[0].attempt_id, attempt);
    assert_int_equal(differences[0].theirs, their_won);
    assert_int_equal(differences[0].ours, our_won);
    assert_true(strlen(difference_about(name)) > 0);
}

static void nothing_differs(void **state) {
    (void)state;
    compare();
    assert_int_equal(n, 0);
    books = (struct day_books){.n_theirs = 0};
    compare();
    assert_int_equal(n, 0);
}

static void whom_we_do_not_know(void **state) {
    (void)state;
    list("a3", "T3", MONEY_DONE, 100);
    assert_only("unknown_payment", "T3", 100, 0);
    assert_int_equal(differences[0].attempt, 0);
}

static void money_that_we_do_not_have(void **state) {
    (void)state;
    payments[0].captures = 0;
    payments[0].on_day = false;
    assert_only("payment_not_booked", "T2", 15000, 0);
    assert_string_equal(differences[0].order_number, "O2");
    assert_int_equal(differences[0].exhibition_id, 7);
}

static void another_amount(void **state) {
    (void)state;
    theirs[1].amount = 15001;
    assert_only("payment_amount", "T2", 15001, 15000);
}

static void approved_twice(void **state) {
    (void)state;
    list("a4", "T2", MONEY_DONE, 15000);
    assert_only("payment_twice", "T2", 15000, 0);
}

static void money_that_they_do_not_have(void **state) {
    (void)state;
    theirs[1] = theirs[--books.n_theirs]; /* T2 is gone */
    assert_only("payment_not_listed", "T2", 0, 15000);
    payments[0].on_day = payments[1].on_day = false; /* sorted by now; approved on another day */
    payments[0].listed = payments[1].listed = cancels[0].listed = 0;
    compare();
    assert_int_equal(n, 0);
}

static void deposits_that_came_and_went(void **state) {
    (void)state;
    list("b1", "T2", MONEY_WAITING_FOR_DEPOSIT, 15000);
    assert_only("reversal_not_booked", "T2", 15000, 15000);
    agree(state);
    list("b1", "T2", MONEY_WAITING_FOR_DEPOSIT, 15000);
    list("a4", "T2", MONEY_DONE, 15000);
    payments[0].reversals = 1;
    payments[0].captures = 2;
    compare();
    assert_int_equal(n, 0);
    agree(state);
    list("w1", "T9", MONEY_WAITING_FOR_DEPOSIT, 15000); /* an account was issued */
    list("e1", "T9", MONEY_EXPIRED, 15000);
    compare();
    assert_int_equal(n, 0);
}

static void cancels_that_differ(void **state) {
    (void)state;
    list("c2", "T1", MONEY_PARTIAL_CANCELED, 500);
    assert_only("unknown_cancel", "T1", 500, 0);
    assert_string_equal(differences[0].order_number, "O1");
    agree(state);
    theirs[2].amount = 13501;
    assert_only("cancel_amount", "T1", 13501, 13500);
    agree(state);
    cancels[0].posted = 0;
    assert_only("cancel_not_booked", "T1", 13500, 0);
    assert_string_equal(differences[0].refund_id, "r1");
    agree(state);
    books.n_theirs = 2;
    assert_only("cancel_not_listed", "T1", 0, 13500);
    agree(state);
    payments[0] = (struct booked_payment){.attempt_id = "T2", .amount = 15000}; /* an account that was closed */
    theirs[1] =
        (struct money_moved){.transaction_key = "c8", .order_id = "T2", .state = MONEY_CANCELED, .amount = 15000};
    compare();
    assert_int_equal(n, 0);
    agree(state);
    list("c9", "T9", MONEY_CANCELED, 1);
    assert_only("unknown_cancel", "T9", 1, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nothing_differs, agree),
        cmocka_unit_test_setup(whom_we_do_not_know, agree),
        cmocka_unit_test_setup(money_that_we_do_not_have, agree),
        cmocka_unit_test_setup(another_amount, agree),
        cmocka_unit_test_setup(approved_twice, agree),
        cmocka_unit_test_setup(money_that_they_do_not_have, agree),
        cmocka_unit_test_setup(deposits_that_came_and_went, agree),
        cmocka_unit_test_setup(cancels_that_differ, agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

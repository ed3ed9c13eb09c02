#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "transactions.h"

static struct payment p = {.key = "payment", .order_id = "order-1", .method = METHOD_CARD, .status = PAYMENT_DONE};

static uint64_t count(const struct transactions *t, uint64_t from) {
    uint64_t n = 0;
    for (; transactions_at(t, &from) != NULL; from++) n++;
    return n;
}

static void found_by_time_and_key(void **state) {
    (void)state;
    char keys[50][TRANSACTION_KEY_LEN + 1];
    struct transactions *t = transactions_open(100);
    for (int64_t i = 0; i < 50; i++) {
        const struct transaction *row = transactions_add(t, &p, i, true, i / 10 * 10);
        assert_string_equal(row->key, p.last_transaction);
        memcpy(keys[i], row->key, sizeof keys[i]);
    }
    assert_int_equal(count(t, transactions_since(t, -1)), 50);
    assert_int_equal(count(t, transactions_since(t, 10)), 40);
    assert_int_equal(count(t, transactions_since(t, 11)), 30);
    assert_int_equal(count(t, transactions_since(t, 41)), 0);
    for (uint64_t i = 0; i < 50; i++) {
        uint64_t number;
        assert_true(transactions_after(t, keys[i], &number));
        assert_int_equal(number, i + 1);
    }
    transactions_close(&t);
    assert_null(t);
}

static void strangers_are_not_found(void **state) {
    (void)state;
    uint64_t number;
    struct transactions *t = transactions_open(10);
    transactions_add(t, &p, 1, true, 1);
    char forged[TRANSACTION_KEY_LEN + 1];
    memcpy(forged, p.last_transaction, sizeof forged);
    forged[TRANSACTION_KEY_LEN - 1] = forged[TRANSACTION_KEY_LEN - 1] == '0' ? '1' : '0';
    const char *const keys[] = {
        "", "txrd_", "nothing", forged, "txrd_00000001aaaaaaaaaaaaaaaaaa", "txrd_IIIIIIIIaaaaaaaaaaaaaaaaaa"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) assert_false(transactions_after(t, keys[i], &number));
    transactions_close(&t);
}

static void the_oldest_give_way(void **state) {
    (void)state;
    struct transactions *t = transactions_open(10);
    transactions_add(t, &p, 0, true, 0);
    char first[TRANSACTION_KEY_LEN + 1];
    memcpy(first, p.last_transaction, sizeof first);
    for (int64_t i = 1; i < 25; i++) transactions_add(t, &p, i, true, i);
    uint64_t number = 0;
    assert_int_equal(transactions_at(t, &number)->amount, 15);
    assert_int_equal(number, 15);
    assert_int_equal(count(t, 0), 10);
    assert_int_equal(transactions_since(t, 3), 15);
    assert_int_equal(transactions_since(t, 20), 20);
    assert_false(transactions_after(t, first, &number));
    transactions_close(&t);
}

static void restored_with_their_keys(void **state) {
    (void)state;
    struct transactions *from = transactions_open(10), *to = transactions_open(10);
    for (int64_t i = 0; i < 14; i++) transactions_add(from, &p, i, true, i);
    const struct transaction *row;
    for (uint64_t n = 0; (row = transactions_at(from, &n)) != NULL; n++) transactions_restore(to, row);
    assert_int_equal(count(to, 0), 10);
    uint64_t number;
    assert_true(transactions_after(to, p.last_transaction, &number));
    transactions_add(to, &p, 99, true, 99);
    assert_int_equal(transactions_at(to, &number)->amount, 99);
    transactions_close(&from);
    transactions_close(&to);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(found_by_time_and_key),
        cmocka_unit_test(strangers_are_not_found),
        cmocka_unit_test(the_oldest_give_way),
        cmocka_unit_test(restored_with_their_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "payment_book.h"

static struct payment *add(struct book *b, int n, const char *order_id, int64_t at) {
    struct payment *p = calloc(1, sizeof *p);
    assert_non_null(p);
    snprintf(p->key, sizeof p->key, "key-%d", n);
    snprintf(p->order_id, sizeof p->order_id, "%s", order_id);
    p->requested_at = at;
    book_add(b, p);
    return p;
}

static void move(struct book *b, struct payment *p, enum payment_status s) {
    p->status = s;
    book_line_up(b, p);
}

static void found_by_key_and_order(void **state) {
    (void)state;
    struct book *b = book_open(5000);
    for (int i = 0; i < 3000; i++) {
        char order[32];
        snprintf(order, sizeof order, "order-%d", i / 3);
        add(b, i, order, i);
    }
    assert_string_equal(book_by_key(b, "key-17")->key, "key-17");
    assert_null(book_by_key(b, "key-3000"));
    const struct payment *p = book_by_order(b, "order-7");
    assert_string_equal(p->key, "key-23");
    p = book_older_of_order(p);
    assert_string_equal(p->key, "key-22");
    p = book_older_of_order(p);
    assert_string_equal(p->key, "key-21");
    assert_null(book_older_of_order(p));
    assert_null(book_by_order(b, "order-1000"));
    add(b, 9999, "order-7", 0); /* read back late: still the oldest */
    assert_string_equal(book_by_order(b, "order-7")->key, "key-23");
    book_close(&b);
    assert_null(b);
}

static void deadlines_in_order(void **state) {
    (void)state;
    struct book *b = book_open(10);
    struct payment *first = add(b, 1, "a", 1), *second = add(b, 2, "b", 2), *third = add(b, 3, "c", 3);
    assert_ptr_equal(book_first_open(b, PAYMENT_READY), first);
    move(b, second, PAYMENT_IN_PROGRESS);
    move(b, first, PAYMENT_IN_PROGRESS);
    assert_ptr_equal(book_first_open(b, PAYMENT_READY), third);
    assert_ptr_equal(book_first_open(b, PAYMENT_IN_PROGRESS), second);
    move(b, second, PAYMENT_EXPIRED);
    assert_ptr_equal(book_first_open(b, PAYMENT_IN_PROGRESS), first);
    book_close(&b);
}

static void who_gives_way(void **state) {
    (void)state;
    struct book *b = book_open(4);
    add(b, 1, "a", 1);
    move(b, add(b, 2, "b", 2), PAYMENT_DONE);
    move(b, add(b, 3, "c", 3), PAYMENT_EXPIRED);
    move(b, add(b, 4, "d", 4), PAYMENT_WAITING);
    add(b, 5, "e", 5);
    assert_null(book_by_key(b, "key-2")); /* settled for the longest time */
    add(b, 6, "f", 6);
    assert_null(book_by_key(b, "key-3"));
    add(b, 7, "g", 7);
    assert_null(book_by_key(b, "key-1")); /* none is settled: the oldest window */
    assert_non_null(book_by_key(b, "key-4"));
    assert_int_equal(book_size(b), 4);
    book_clear(b);
    assert_int_equal(book_size(b), 0);
    book_close(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(found_by_key_and_order), cmocka_unit_test(deadlines_in_order),
                                       cmocka_unit_test(who_gives_way)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

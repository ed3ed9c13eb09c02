#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "webhook_queue.h"

static const struct clock real = {.scale = 1};

static struct delivery *add(struct webhook_queue *q, const char *payment_key, int64_t due) {
    struct delivery *d = queue_add(q, "body", 4);
    if (d == NULL) return NULL;
    strncpy(d->payment_key, payment_key, sizeof d->payment_key - 1);
    queue_schedule(q, d, due);
    return d;
}

static void by_time_then_by_number(void **state) {
    (void)state;
    struct webhook_queue q;
    int64_t wait, last = -1;
    uint64_t number = 0;
    assert_true(queue_open(&q, 1000));
    for (int64_t i = 0; i < 500; i++) assert_non_null(add(&q, "k", i * 7919 % 100));
    assert_null(queue_take(&q, -5, &wait));
    assert_int_equal(wait, 5);
    for (int i = 0; i < 500; i++) {
        struct delivery *d = queue_take(&q, 1000, &wait);
        assert_true(d->due > last || (d->due == last && d->number > number));
        last = d->due;
        number = d->number;
        queue_finish(&q, d, DELIVERY_DELIVERED);
    }
    assert_null(queue_take(&q, 1000, &wait));
    assert_int_equal(wait, -1);
    queue_close(&q);
}

static void seven_more_tries(void **state) {
    (void)state;
    static const int64_t minutes[] = {1, 4, 16, 64, 256, 1024, 4096};
    struct webhook_queue q;
    int64_t wait, now = 0;
    queue_open(&q, 10);
    struct delivery *d = add(&q, "k", 0);
    for (size_t i = 0; i < sizeof minutes / sizeof *minutes; i++) {
        assert_ptr_equal(queue_take(&q, now, &wait), d);
        queue_tried(&q, d, 500, &real, now);
        assert_int_equal(d->state, DELIVERY_PENDING);
        assert_int_equal(d->due - now, minutes[i] * MINUTE_MS);
        assert_null(queue_take(&q, d->due - 1, &wait));
        now = d->due;
    }
    assert_ptr_equal(queue_take(&q, now, &wait), d);
    queue_tried(&q, d, 0, &real, now);
    assert_int_equal(d->state, DELIVERY_FAILED);
    assert_int_equal(d->tries, 8);
    assert_null(d->body);
    queue_close(&q);
}

static void only_200_is_success(void **state) {
    (void)state;
    static const int others[] = {0, 201, 204, 302, 404, 500};
    struct webhook_queue q;
    int64_t wait;
    queue_open(&q, 10);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct delivery *d = add(&q, "k", 0);
        queue_take(&q, 0, &wait);
        queue_tried(&q, d, others[i], &real, 0);
        assert_int_equal(d->state, DELIVERY_PENDING);
    }
    queue_clear(&q);
    struct delivery *d = add(&q, "k", 0);
    queue_take(&q, 0, &wait);
    queue_tried(&q, d, 200, &real, 0);
    assert_int_equal(d->state, DELIVERY_DELIVERED);
    queue_close(&q);
}

static struct delivery *hold(struct webhook_queue *q, const char *payment_key) {
    struct delivery *d = add(q, payment_key, 5000);
    d->state = DELIVERY_HELD;
    q->n_held++;
    return d;
}

static void held_until_the_next_of_its_payment(void **state) {
    (void)state;
    struct webhook_queue q;
    int64_t wait;
    queue_open(&q, 10);
    struct delivery *held = hold(&q, "k"), *other = add(&q, "other", 0), *next = add(&q, "k", 1);
    assert_ptr_equal(queue_take(&q, 1, &wait), other);
    queue_tried(&q, other, 200, &real, 1);
    assert_int_equal(held->state, DELIVERY_HELD);
    assert_ptr_equal(queue_take(&q, 1, &wait), next);
    assert_null(queue_take(&q, 1, &wait)); /* not before it is out */
    queue_tried(&q, next, 500, &real, 1);
    assert_ptr_equal(queue_take(&q, 1, &wait), held);
    assert_int_equal(q.n_held, 0);
    queue_finish(&q, held, DELIVERY_DELIVERED);
    queue_close(&q);
}

static void held_not_for_ever(void **state) {
    (void)state;
    struct webhook_queue q;
    int64_t wait;
    queue_open(&q, 10);
    struct delivery *held = hold(&q, "k");
    assert_null(queue_take(&q, 4999, &wait));
    assert_ptr_equal(queue_take(&q, 5000, &wait), held);
    assert_int_equal(q.n_held, 0);
    queue_finish(&q, held, DELIVERY_DELIVERED);
    queue_close(&q);
}

static void full_of_unfinished_ones(void **state) {
    (void)state;
    struct webhook_queue q;
    int64_t wait;
    queue_open(&q, 3);
    for (int i = 0; i < 3; i++) assert_non_null(add(&q, "k", i));
    assert_null(add(&q, "k", 9));
    queue_finish(&q, queue_take(&q, 0, &wait), DELIVERY_DELIVERED);
    assert_non_null(add(&q, "k", 9));
    assert_int_equal(q.n, 3);
    queue_close(&q);
}

static void cleared_while_one_is_being_sent(void **state) {
    (void)state;
    struct webhook_queue q;
    int64_t wait;
    queue_open(&q, 3);
    add(&q, "k", 0);
    add(&q, "k", 1);
    struct delivery *sending = queue_take(&q, 0, &wait);
    queue_clear(&q);
    assert_int_equal(q.n, 1);
    queue_tried(&q, sending, 500, &real, 0);
    assert_int_equal(sending->state, DELIVERY_FAILED); /* not sent again */
    queue_close(&q);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_time_then_by_number),
        cmocka_unit_test(seven_more_tries),
        cmocka_unit_test(only_200_is_success),
        cmocka_unit_test(held_until_the_next_of_its_payment),
        cmocka_unit_test(held_not_for_ever),
        cmocka_unit_test(full_of_unfinished_ones),
        cmocka_unit_test(cleared_while_one_is_being_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "breaker.h"

enum { START = 1000, OPEN_MS = 500 };

static const struct breaker closed = {.failures = 3, .open_ms = OPEN_MS};

static struct breaker opened(void) {
    struct breaker b = closed;
    for (int i = 0; i < 3; i++) breaker_note(&b, false, START);
    return b;
}

static void opens_after_failures_in_a_row(void **state) {
    (void)state;
    struct breaker b = closed;
    for (int round = 0; round < 5; round++) { /* a success between them: never */
        assert_false(breaker_note(&b, false, START));
        assert_false(breaker_note(&b, false, START));
        assert_false(breaker_note(&b, true, START));
        assert_true(breaker_admits(&b, START));
    }
    assert_false(breaker_note(&b, false, START));
    assert_false(breaker_note(&b, false, START));
    assert_true(breaker_is_closed(&b));
    assert_true(breaker_note(&b, false, START));
    assert_false(breaker_is_closed(&b));
    assert_false(breaker_admits(&b, START));
    assert_false(breaker_admits(&b, START + OPEN_MS - 1));
}

static void lets_one_probe_pass(void **state) {
    (void)state;
    struct breaker b = opened();
    int64_t now = START + OPEN_MS;
    assert_true(breaker_admits(&b, now));
    assert_false(breaker_is_closed(&b)); /* a call that may pass is no answer yet */
    for (int i = 0; i < 100; i++) assert_false(breaker_admits(&b, now));
    assert_true(breaker_admits(&b, now + OPEN_MS)); /* the first probe may hang */
}

static void a_failed_probe_keeps_it_open(void **state) {
    (void)state;
    struct breaker b = opened();
    int64_t now = START + OPEN_MS;
    assert_true(breaker_admits(&b, now));
    assert_false(breaker_note(&b, false, now + 10));
    assert_false(breaker_admits(&b, now + OPEN_MS - 1));
    assert_true(breaker_admits(&b, now + OPEN_MS));
}

static void late_failures_do_not_prolong_it(void **state) {
    (void)state;
    struct breaker b = opened();
    for (int i = 0; i < 10; i++) assert_false(breaker_note(&b, false, START + OPEN_MS - 1));
    assert_true(breaker_admits(&b, START + OPEN_MS));
}

static void a_success_closes_it(void **state) {
    (void)state;
    struct breaker b = opened();
    assert_true(breaker_admits(&b, START + OPEN_MS));
    assert_true(breaker_note(&b, true, START + OPEN_MS + 1));
    assert_true(breaker_is_closed(&b));
    for (int i = 0; i < 100; i++) assert_true(breaker_admits(&b, START + OPEN_MS + 1));
    assert_false(breaker_note(&b, false, START)); /* counts from zero again */
    assert_false(breaker_note(&b, false, START));
    assert_true(breaker_note(&b, false, START));
    assert_true(breaker_note(&b, true, START)); /* also the success of a call sent before it opened */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_after_failures_in_a_row), cmocka_unit_test(lets_one_probe_pass),
        cmocka_unit_test(a_failed_probe_keeps_it_open),  cmocka_unit_test(late_failures_do_not_prolong_it),
        cmocka_unit_test(a_success_closes_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

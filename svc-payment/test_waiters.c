#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "attempt.h"
#include "common/bus.h"
#include "waiters.h"

/* What each request heard. */
static struct heard {
    int times;
    bool late;
} heard[8];
static struct bus_req reqs[8];

static bool is_settled(const struct attempt *at) { return attempt_settled(at); }
static void hear(struct payment *p, struct bus_req *req, const struct attempt *at) {
    (void)p;
    struct heard *h = &heard[req - reqs];
    h->times++;
    h->late = at == NULL;
}
static const struct waiter_kind kind = {is_settled, hear};

static struct waiters *waiters;
static int begin(void **state) {
    (void)state;
    memset(heard, 0, sizeof heard);
    waiters = waiters_new(NULL);
    return waiters == NULL;
}
static int end(void **state) {
    (void)state;
    waiters_free(&waiters);
    return 0;
}

static struct attempt attempt_in(int64_t id, const char *state) {
    struct attempt at = {.saga = {.id = id}};
    memcpy(at.saga.state, state, strlen(state) + 1);
    return at;
}
static void park(size_t i, int64_t attempt, bool ours, int64_t now, int64_t until) {
    assert_true(waiters_add(waiters, attempt, &kind, &reqs[i], ours, now, until));
}
static void tell(int64_t id, const char *state) {
    struct attempt at = attempt_in(id, state);
    waiters_tell(waiters, &at);
}

static void everybody_of_an_attempt_hears_once(void **state) {
    (void)state;
    park(0, 5, true, 0, 1000);
    park(1, 5, false, 0, 1000);
    park(2, 5 + 1024, true, 0, 1000); /* the same bucket, another attempt */
    tell(5, "captured");
    assert_int_equal(heard[0].times + heard[1].times + heard[2].times, 0);
    tell(5, "paid");
    tell(5, "paid");
    assert_int_equal(heard[0].times, 1);
    assert_int_equal(heard[1].times, 1);
    assert_false(heard[0].late);
    assert_int_equal(heard[2].times, 0);
    tell(5 + 1024, "failed");
    assert_int_equal(heard[2].times, 1);
}

static void whoever_waited_long_enough_is_told_so(void **state) {
    (void)state;
    park(0, 1, true, 0, 1000);
    park(1, 2, true, 0, 2000);
    waiters_late(waiters, 999);
    assert_int_equal(heard[0].times, 0);
    waiters_late(waiters, 1000);
    assert_int_equal(heard[0].times, 1);
    assert_true(heard[0].late);
    assert_int_equal(heard[1].times, 0);
    tell(1, "paid");
    assert_int_equal(heard[0].times, 1);
}

static void rows_of_others_are_polled_sooner(void **state) {
    int64_t ids[8];
    (void)state;
    park(0, 1, true, 0, 60000);
    park(1, 2, false, 0, 60000);
    park(2, 2, false, 0, 60000);
    assert_int_equal(waiters_polled(waiters, 0, ids, 8), 1); /* the two who wait for it need one look */
    assert_int_equal(ids[0], 2);
    assert_int_equal(waiters_polled(waiters, 50, ids, 8), 0);
    assert_int_equal(waiters_polled(waiters, 100, ids, 8), 1);
    assert_int_equal(waiters_polled(waiters, 1000, ids, 8), 2);
    assert_int_equal(waiters_polled(waiters, 5000, ids, 1), 1);
    assert_int_equal(waiters_polled(waiters, 5000, ids, 8), 1); /* whoever did not fit is next */
    assert_int_equal(waiters_polled(waiters, 5000, ids, 8), 0);
}

static void nobody_is_left_without_an_answer(void **state) {
    (void)state;
    for (size_t i = 0; i < 8; i++) park(i, (int64_t)i, true, 0, 60000);
    waiters_free(&waiters);
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(heard[i].times, 1);
        assert_true(heard[i].late);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(everybody_of_an_attempt_hears_once, begin, end),
        cmocka_unit_test_setup_teardown(whoever_waited_long_enough_is_told_so, begin, end),
        cmocka_unit_test_setup_teardown(rows_of_others_are_polled_sooner, begin, end),
        cmocka_unit_test_setup_teardown(nobody_is_left_without_an_answer, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

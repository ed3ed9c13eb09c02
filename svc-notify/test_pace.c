#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "pace.h"

/* Requests of a crowd that tries each millisecond, and how long the longest urgent one of each 100 ms waited. */
static int crowd(int64_t rate, int64_t ms, int64_t *longest) {
    struct pace p = pace_new(rate, 0);
    int sent = 0;
    int64_t waiting_since = -1;
    *longest = 0;
    for (int64_t now = 0; now < ms; now++) {
        if (now % 1000 == 500) waiting_since = now;
        if (waiting_since >= 0 && pace_room(&p, now) != PACE_NONE) {
            if (now - waiting_since > *longest) *longest = now - waiting_since;
            waiting_since = -1;
            pace_take(&p);
            sent++;
        }
        if (pace_room(&p, now) == PACE_ANY) {
            pace_take(&p);
            sent++;
        }
    }
    return sent;
}

static void the_rate_is_kept(void **state) {
    (void)state;
    int64_t longest;
    assert_in_range(crowd(10, 10000, &longest), 100, 110); /* the first second may come at once */
    assert_in_range(crowd(100, 10000, &longest), 1000, 1100);
}

static void what_is_urgent_does_not_wait_behind_a_crowd(void **state) {
    (void)state;
    int64_t longest;
    crowd(10, 10000, &longest);
    assert_int_equal(longest, 0);
    crowd(1, 10000, &longest); /* nothing to keep: both in turn */
    assert_in_range(longest, 0, 1000);
}

static void room_grows_back_and_not_beyond(void **state) {
    (void)state;
    struct pace p = pace_new(5, 0);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pace_room(&p, 0), PACE_ANY);
        pace_take(&p);
    }
    assert_int_equal(pace_room(&p, 0), PACE_URGENT);
    pace_take(&p);
    assert_int_equal(pace_room(&p, 0), PACE_NONE);
    assert_int_equal(pace_room(&p, 199), PACE_NONE);
    assert_int_equal(pace_room(&p, 200), PACE_URGENT);
    assert_int_equal(pace_room(&p, 400), PACE_ANY);
    assert_int_equal(pace_room(&p, 100), PACE_ANY); /* a clock set back takes nothing away */
    pace_room(&p, 1000000000);
    assert_int_equal(p.saved, 5000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rate_is_kept),
        cmocka_unit_test(what_is_urgent_does_not_wait_behind_a_crowd),
        cmocka_unit_test(room_grows_back_and_not_beyond),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* A pause takes its time, unless it is over. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>

#include "rest.h"
#include "timeutil.h"

#define LONG_MS 3600000

static void it_takes_its_time(void **state) {
    struct rest *r = *state;
    int64_t begin = time_mono_ms();
    assert_true(rest_for(r, 20));
    assert_true(time_mono_ms() >= begin + 20);
    assert_true(rest_until(r, begin));
}

static void *rest_long(void *r) { return rest_for(r, LONG_MS) ? r : NULL; }

static void whoever_rests_is_woken(void **state) {
    struct rest *r = *state;
    pthread_t thread[2];
    for (int i = 0; i < 2; i++) assert_int_equal(pthread_create(&thread[i], NULL, rest_long, r), 0);
    rest_over(r);
    for (int i = 0; i < 2; i++) {
        void *went_on = r;
        pthread_join(thread[i], &went_on);
        assert_null(went_on);
    }
    assert_false(rest_for(r, LONG_MS));
    assert_false(rest_until(r, 0));
}

struct guest {
    struct rest *rest;
    atomic_bool up, went_on;
};

static void *rest_once(void *arg) {
    struct guest *g = arg;
    g->went_on = rest_for(g->rest, LONG_MS);
    atomic_store(&g->up, true);
    return NULL;
}

static void whoever_is_interrupted_goes_on(void **state) {
    struct guest g = {.rest = *state};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, rest_once, &g), 0);
    while (!atomic_load(&g.up)) rest_interrupt(g.rest); /* it may not rest yet */
    pthread_join(thread, NULL);
    assert_true(g.went_on);
    assert_true(rest_for(g.rest, 1));
}

static int set_up(void **state) { return (*state = rest_open()) != NULL ? 0 : -1; }

static int tear_down(void **state) {
    struct rest *r = *state;
    rest_close(&r);
    return r == NULL ? 0 : -1;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_takes_its_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(whoever_rests_is_woken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(whoever_is_interrupted_goes_on, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

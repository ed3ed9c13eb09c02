#include "password.h"
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static void a_password_fits_or_says_why(void **state) {
    char long_one[PASSWORD_MAX + 2];
    (void)state;
    memset(long_one, 'x', sizeof long_one);
    long_one[PASSWORD_MAX + 1] = '\0';
    assert_int_equal(password_judge(long_one, "kim"), PASSWORD_LENGTH);
    long_one[PASSWORD_MAX] = '\0';
    assert_int_equal(password_judge(long_one, "kim"), PASSWORD_FINE);
    assert_int_equal(password_judge("123456789", "kim"), PASSWORD_LENGTH);
    assert_int_equal(password_judge("1234567890", "kim"), PASSWORD_FINE);
    assert_int_equal(password_judge("가나다라", "kim"), PASSWORD_FINE);
    assert_int_equal(password_judge("가나다", "kim"), PASSWORD_LENGTH);
    assert_int_equal(password_judge("the kimchi of", "kim"), PASSWORD_HAS_NAME);
    assert_int_equal(password_judge("the KIMCHI of", "kim"), PASSWORD_HAS_NAME);
}

static void only_the_password_opens(void **state) {
    char one[PASSWORD_HASH_MAX], again[PASSWORD_HASH_MAX];
    (void)state;
    assert_true(password_hash("correct horse", one));
    assert_true(password_hash("correct horse", again));
    assert_string_not_equal(one, again);
    assert_memory_equal(one, "$y$j9T$", 7);
    assert_true(password_check("correct horse", one));
    assert_false(password_check("correct horsf", one));
    assert_false(password_check("", one));
    assert_false(password_check("correct horse", ""));
    assert_false(password_check("correct horse", "*"));
    assert_false(password_check("correct horse", NULL));
}

static double cpu_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double cost_of(const char *hash) {
    double before = cpu_ms();
    password_check("some password", hash);
    return cpu_ms() - before;
}

static void a_name_that_is_not_there_costs_as_much(void **state) {
    char hash[PASSWORD_HASH_MAX];
    (void)state;
    assert_true(password_hash("another password", hash));
    double there = 1e9, not_there = 1e9; /* the least of some, taken in turn: others use this machine too */
    for (int i = 0; i < 10; i++) {
        there = fmin(there, cost_of(hash));
        not_there = fmin(not_there, cost_of(NULL));
    }
    assert_true(not_there > there * 0.7 && not_there < there * 1.4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_password_fits_or_says_why),
        cmocka_unit_test(only_the_password_opens),
        cmocka_unit_test(a_name_that_is_not_there_costs_as_much),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

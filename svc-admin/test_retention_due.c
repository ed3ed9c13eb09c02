#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "common/timeutil.h"
#include "retention_due.h"

static int32_t day(const char *text) {
    int32_t d;
    assert_true(date_parse(text, &d));
    return d;
}

static int64_t at(const char *text) {
    int64_t ms;
    assert_true(time_parse_rfc3339(text, &ms));
    return ms;
}

static void days_are_full_ones(void **state) {
    (void)state;
    assert_false(retention_days_over(day("2026-10-01"), day("2026-10-31"), 30));
    assert_true(retention_days_over(day("2026-10-01"), day("2026-11-01"), 30));
    assert_false(retention_days_over(day("2027-10-01"), day("2026-11-01"), 30));
}

static void years_are_those_of_the_calendar(void **state) {
    (void)state;
    assert_false(retention_years_over(day("2021-11-22"), day("2026-11-22"), 5));
    assert_true(retention_years_over(day("2021-11-22"), day("2026-11-23"), 5));
    assert_false(retention_years_over(day("2024-02-29"), day("2029-03-01"), 5));
    assert_true(retention_years_over(day("2024-02-29"), day("2029-03-02"), 5));
    assert_false(retention_years_over(day("2024-02-29"), day("2028-02-29"), 4));
    assert_true(retention_years_over(day("2024-02-29"), day("2028-03-01"), 4));
}

static void a_run_a_day_at_half_past_four(void **state) {
    const int64_t night = at("2026-11-22T04:30:00+09:00");
    (void)state;
    assert_false(retention_run_due(at("2026-11-23T04:29:59+09:00"), night, true));
    assert_true(retention_run_due(at("2026-11-23T04:30:00+09:00"), night, true));
    assert_false(retention_run_due(at("2026-11-23T04:31:00+09:00"), at("2026-11-23T04:30:00+09:00"), true));
    assert_true(retention_run_due(at("2026-11-25T12:00:00+09:00"), night, true));
    assert_true(retention_run_due(at("2026-11-23T04:30:00+09:00"), at("2026-11-23T03:00:00+09:00"), true));
}

static void who_was_missed_is_asked_again(void **state) {
    const int64_t night = at("2026-11-22T04:30:00+09:00");
    (void)state;
    assert_false(retention_run_due(at("2026-11-22T05:29:59+09:00"), night, false));
    assert_true(retention_run_due(at("2026-11-22T05:30:00+09:00"), night, false));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_are_full_ones),
        cmocka_unit_test(years_are_those_of_the_calendar),
        cmocka_unit_test(a_run_a_day_at_half_past_four),
        cmocka_unit_test(who_was_missed_is_asked_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

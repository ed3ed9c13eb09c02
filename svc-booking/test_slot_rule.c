#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "slot_rule.h"
#include "common/timeutil.h"

static int32_t day(const char *text) {
    int32_t d = 0;
    assert_true(date_parse(text, &d));
    return d;
}

static void weekdays(void **state) {
    (void)state;
    assert_int_equal(day_weekday(day("1970-01-01")), 4);
    assert_int_equal(day_weekday(day("2026-11-22")), 7);
    assert_int_equal(day_weekday(day("2026-11-23")), 1);
    assert_int_equal(day_weekday(day("2024-02-29")), 4);
}

static void times(void **state) {
    (void)state;
    static const char *const wrong[] = {"", "9:00", "24:00", "12:60", "12-00", "1a:00", "12:00:00", "-1:00"};
    int32_t m = -1;
    char text[6];
    assert_true(slot_time_parse("00:00", &m));
    assert_int_equal(m, 0);
    assert_true(slot_time_parse("23:59", &m));
    assert_int_equal(m, 1439);
    slot_time_format(m, text);
    assert_string_equal(text, "23:59");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) assert_false(slot_time_parse(wrong[i], &m));
    int64_t ms;
    assert_true(time_parse_rfc3339("2026-12-01T09:30:00+09:00", &ms));
    assert_int_equal(slot_instant(day("2026-12-01"), 570), ms);
}

static void expands(void **state) {
    (void)state;
    struct slot_rule r = {
        .first_day = day("2026-12-21"),
        .last_day = day("2026-12-27"),
        .weekdays = 1u << 5 | 1u << 6 | 1u << 7,
        .times = {{600, 660}, {540, 600}},
        .n_times = 2,
        .exceptions = {day("2026-12-25")},
        .n_exceptions = 1,
    };
    size_t bad;
    struct slot out[8];
    assert_int_equal(slot_rule_check(&r, &bad), SLOT_RULE_OK);
    assert_int_equal(slot_rule_expand(&r, out, 8), 4); /* Saturday and Sunday; Friday is an exception */
    assert_int_equal(out[0].day, day("2026-12-26"));
    assert_int_equal(out[0].starts, 540);
    assert_int_equal(out[1].starts, 600);
    assert_int_equal(out[3].day, day("2026-12-27"));
    assert_int_equal(out[3].ends, 660);
}

static void counts_beyond_room(void **state) {
    (void)state;
    struct slot_rule r = {.first_day = 0, .last_day = 89, .weekdays = SLOT_EVERY_DAY, .n_times = 9};
    for (int i = 0; i < 9; i++) r.times[i] = (struct slot_times){540 + 60 * i, 600 + 60 * i};
    struct slot out[5];
    size_t bad;
    assert_int_equal(slot_rule_check(&r, &bad), SLOT_RULE_OK);
    assert_int_equal(slot_rule_expand(&r, out, 5), 810);
    assert_int_equal(out[4].starts, 780);
}

static void refuses(void **state) {
    (void)state;
    size_t bad;
    struct slot_rule r = {.first_day = 10, .last_day = 9, .weekdays = SLOT_EVERY_DAY, .times = {{0, 60}}, .n_times = 1};
    assert_int_equal(slot_rule_check(&r, &bad), SLOT_BAD_DAYS);
    r.last_day = 10 + SLOT_MAX_DAYS;
    assert_int_equal(slot_rule_check(&r, &bad), SLOT_BAD_DAYS);
    r.last_day = 10 + SLOT_MAX_DAYS - 1;
    assert_int_equal(slot_rule_check(&r, &bad), SLOT_RULE_OK);
    r.times[1] = (struct slot_times){100, 100};
    r.n_times = 2;
    assert_int_equal(slot_rule_check(&r, &bad), SLOT_BAD_TIME);
    assert_int_equal(bad, 1);
    r.times[1] = (struct slot_times){59, 100};
    assert_int_equal(slot_rule_check(&r, &bad), SLOT_TIMES_OVERLAP);
    r.times[1] = (struct slot_times){60, 100};
    assert_int_equal(slot_rule_check(&r, &bad), SLOT_RULE_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(weekdays), cmocka_unit_test(times), cmocka_unit_test(expands),
                                       cmocka_unit_test(counts_beyond_room), cmocka_unit_test(refuses)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

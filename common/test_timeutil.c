#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "timeutil.h"

static const struct {
    const char *text; /* as time_rfc3339() writes it */
    int64_t ms;
} instants[] = {
    {"1970-01-01T09:00:00.000+09:00", 0},
    {"1970-01-01T08:59:59.999+09:00", -1},
    {"2026-11-22T21:15:00.123+09:00", 1795349700123},
    {"2000-02-29T23:59:59.999+09:00", 951836399999},
    {"2024-02-29T00:00:00.000+09:00", 1709132400000},
    {"1900-03-01T00:00:00.000+09:00", -2203923600000},
    {"2038-01-19T12:14:08.000+09:00", 2147483648000},
    {"0001-01-01T00:00:00.000+09:00", -62135629200000},
    {"9999-12-31T23:59:59.999+09:00", 253402268399999},
};

static void writes_and_reads_instants(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof instants / sizeof *instants; i++) {
        char text[RFC3339_LEN + 1];
        int64_t ms;
        time_rfc3339(instants[i].ms, text);
        assert_string_equal(text, instants[i].text);
        assert_int_equal(strlen(text), RFC3339_LEN);
        assert_true(time_parse_rfc3339(text, &ms));
        assert_true(ms == instants[i].ms);
    }
}

static void always_29_characters(void **state) {
    (void)state;
    const int64_t beyond[] = {INT64_MIN, INT64_MAX, 253402268400000, -62135629200001};
    for (size_t i = 0; i < sizeof beyond / sizeof *beyond; i++) {
        char text[RFC3339_LEN + 1];
        time_rfc3339(beyond[i], text);
        assert_string_equal(text, beyond[i] < 0 ? "0001-01-01T00:00:00.000+09:00" : "9999-12-31T23:59:59.999+09:00");
    }
}

static void accepts_forms_of_rfc3339(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } good[] = {
        {"1970-01-01T00:00:00Z", 0},      {"1970-01-01T00:00:00.5Z", 500},
        {"1970-01-01T00:00:00.25Z", 250}, {"1970-01-01T00:00:00.123456789Z", 123},
        {"1970-01-01T00:00:00+00:00", 0}, {"1970-01-01T00:00:00-00:00", 0},
        {"1969-12-31T19:00:00-05:00", 0}, {"1970-01-01T05:30:00+05:30", 0},
        {"1970-01-01T23:59:00+23:59", 0}, {"2024-12-31T23:59:59.999-09:30", 1735723799999},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int64_t ms = 1;
        assert_true(time_parse_rfc3339(good[i].text, &ms));
        assert_true(ms == good[i].ms);
    }
}

static void refuses_what_is_no_instant(void **state) {
    (void)state;
    static const char *const bad[] = {
        "",
        "2026",
        "2026-11-22",
        "2026-11-22T21:15:00",
        "2026-11-22T21:15Z",
        "2026-11-22 21:15:00Z",
        "2026-11-22t21:15:00z",
        "2026-11-22T24:00:00Z",
        "2026-11-22T23:60:00Z",
        "2026-11-22T23:59:60Z",
        "2026-11-22T23:59:59.Z",
        "2026-11-22T23:59:59.1234567890Z",
        "2026-11-22T23:59:59+9:00",
        "2026-11-22T23:59:59+0900",
        "2026-11-22T23:59:59+24:00",
        "2026-11-22T23:59:59+09:60",
        "2026-11-22T23:59:59Zx",
        " 2026-11-22T23:59:59Z",
        "2026-02-29T00:00:00Z",
        "2026-1-01T00:00:00Z",
        "+026-01-01T00:00:00Z",
        "2026-11-22T2a:00:00Z",
        "2026-11-22T23:59:59+",
        "2026-11-22T23:59:59-09",
        "2026-11-22T23:59:59,5Z",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t ms;
        if (time_parse_rfc3339(bad[i], &ms)) fail_msg("accepted: %s", bad[i]);
    }
}

static void dates(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int32_t day;
    } good[] = {
        {"1970-01-01", 0},     {"1969-12-31", -1},      {"2000-02-29", 11016},   {"2000-03-01", 11017},
        {"2026-11-22", 20779}, {"0001-01-01", -719162}, {"9999-12-31", 2932896},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int32_t day;
        char text[11];
        assert_true(date_parse(good[i].text, &day));
        assert_int_equal(day, good[i].day);
        date_format(day, text);
        assert_string_equal(text, good[i].text);
    }
    static const char *const bad[] = {
        "",           "2026",       "2026-00-01", "2026-13-01",  "2026-01-00",
        "2026-01-32", "2026-04-31", "2026-02-29", "1900-02-29",  "2100-02-29",
        "0000-01-01", "2026-1-1",   "26-01-01",   "2026-01-01 ", " 2026-01-01",
        "2026/01/01", "2026-01-1x", "20260-01-1", "-026-01-01",  "2026-11-22T00:00:00Z",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int32_t day;
        if (date_parse(bad[i], &day)) fail_msg("accepted: %s", bad[i]);
    }
}

static void every_day_of_eight_centuries(void **state) {
    (void)state;
    for (int32_t day = -200000; day < 100000; day++) {
        char text[11], expected[64];
        int32_t back;
        struct tm tm;
        time_t t = (time_t)day * 86400;
        gmtime_r(&t, &tm);
        strftime(expected, sizeof expected, "%Y-%m-%d", &tm);
        date_format(day, text);
        assert_string_equal(text, expected);
        assert_true(date_parse(text, &back));
        assert_int_equal(back, day);
    }
}

static void the_day_in_seoul_begins_nine_hours_early(void **state) {
    (void)state;
    assert_int_equal(date_seoul(0), 0);
    assert_int_equal(date_seoul(15 * 3600000 - 1), 0);
    assert_int_equal(date_seoul(15 * 3600000), 1);
    assert_int_equal(date_seoul(-9 * 3600000), 0);
    assert_int_equal(date_begins(0), -9 * 3600000);
    assert_int_equal(date_seoul(date_begins(20780)), 20780);
    assert_int_equal(date_seoul(date_begins(20780) - 1), 20779);
    assert_int_equal(date_seoul(-9 * 3600000 - 1), -1);
    assert_int_equal(date_seoul(INT64_MAX), 2932896);
    assert_int_equal(date_seoul(INT64_MIN), -719162);
    char text[11];
    date_format(INT32_MAX, text);
    assert_string_equal(text, "9999-12-31");
    date_format(INT32_MIN, text);
    assert_string_equal(text, "0001-01-01");
}

static void clocks_agree(void **state) {
    (void)state;
    time_t begin = time(NULL); /* the clock of ticks, which may lag behind by one */
    int64_t now = time_now_ms() / 1000;
    assert_in_range(now, begin, time(NULL) + 1);
    int64_t us = time_mono_us(), ms = time_mono_ms();
    assert_in_range(ms, us / 1000, time_mono_us() / 1000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_and_reads_instants),
        cmocka_unit_test(always_29_characters),
        cmocka_unit_test(accepts_forms_of_rfc3339),
        cmocka_unit_test(refuses_what_is_no_instant),
        cmocka_unit_test(dates),
        cmocka_unit_test(every_day_of_eight_centuries),
        cmocka_unit_test(the_day_in_seoul_begins_nine_hours_early),
        cmocka_unit_test(clocks_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/arena.h"
#include "common/timeutil.h"
#include "policy.h"

static struct arena *arena;

static struct policy read_good(const char *json) {
    struct policy p;
    if (!policy_read(arena, json, &p)) fail_msg("refused: %s", json);
    return p;
}

static int32_t day(const char *text) {
    int32_t d;
    assert_true(date_parse(text, &d));
    return d;
}

static void the_step_with_the_most_days_that_are_left(void **state) {
    (void)state;
    static const struct {
        int32_t left, percent; /* -1: closed */
    } cases[] = {{365, 0}, {8, 0}, {7, 0}, {6, 10}, {3, 10}, {2, 50}, {1, 50}, {0, -1}, {-1, -1}, {-400, -1}};
    const char *const same[] = {
        "[{\"days_before\":7,\"fee_percent\":0},{\"days_before\":3,\"fee_percent\":10},{\"days_before\":1,\"fee_"
        "percent\":50}]",
        "[{\"days_before\":1,\"fee_percent\":50},{\"days_before\":7,\"fee_percent\":0},{\"days_before\":3,\"fee_"
        "percent\":10}]",
    };
    for (size_t k = 0; k < 2; k++) {
        struct policy p = read_good(same[k]);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            const struct policy_step *s = policy_step_at(&p, cases[i].left);
            assert_int_equal(s != NULL ? s->fee_percent : -1, cases[i].percent);
        }
        assert_int_equal(policy_last_step(&p)->days_before, 1);
    }
}

static void a_step_of_day_zero_lasts_to_the_end_of_the_visit_day(void **state) {
    (void)state;
    struct policy p = read_good("[{\"days_before\":0,\"fee_percent\":100}]");
    assert_non_null(policy_step_at(&p, 0));
    assert_null(policy_step_at(&p, -1));
}

static void no_steps(void **state) {
    (void)state;
    struct policy p = read_good("[]");
    assert_int_equal(p.n, 0);
    assert_null(policy_step_at(&p, 3));
    assert_null(policy_last_step(&p));
}

/* Days are counted on the calendar of Seoul, where a day begins at 15:00 UTC. */
static void days_of_the_calendar(void **state) {
    (void)state;
    static const struct {
        const char *now, *visit;
        int32_t left;
    } cases[] = {
        {"2028-02-28T00:00:00+09:00", "2028-03-01", 2}, /* leap year */
        {"2027-02-28T23:59:59+09:00", "2027-03-01", 1}, /* none */
        {"2100-02-28T12:00:00+09:00", "2100-03-01", 1}, /* none: a century */
        {"2026-12-31T14:59:59Z", "2027-01-01", 1},      {"2026-12-31T15:00:00Z", "2027-01-01", 0},
        {"2026-12-31T15:00:00Z", "2026-12-31", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t ms;
        assert_true(time_parse_rfc3339(cases[i].now, &ms));
        assert_int_equal(day(cases[i].visit) - date_seoul(ms), cases[i].left);
    }
}

static void fees_are_rounded_down(void **state) {
    (void)state;
    static const struct {
        int64_t price;
        int32_t percent;
        int64_t fee;
    } cases[] = {{15000, 10, 1500}, {15000, 0, 0}, {15000, 100, 15000}, {999, 10, 99},  {9, 10, 0},
                 {10, 10, 1},       {1, 99, 0},    {0, 50, 0},          {333, 33, 109}, {2147483647, 99, 2126008810}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(policy_fee(&(struct policy_step){0, cases[i].percent}, cases[i].price), cases[i].fee);
}

static void what_is_no_policy(void **state) {
    (void)state;
    static const char *const bad[] = {
        "",
        "null",
        "{}",
        "[",
        "[]]",
        "[1]",
        "[{}]",
        "[{\"days_before\":1}]",
        "[{\"fee_percent\":1}]",
        "[{\"days_before\":1,\"fee_percent\":101}]",
        "[{\"days_before\":1,\"fee_percent\":-1}]",
        "[{\"days_before\":-1,\"fee_percent\":1}]",
        "[{\"days_before\":366,\"fee_percent\":1}]",
        "[{\"days_before\":1.5,\"fee_percent\":1}]",
        "[{\"days_before\":\"1\",\"fee_percent\":1}]",
        "[{\"days_before\":1,\"fee_percent\":1,\"other\":1}]",
        "[{\"days_before\":1,\"fee_percent\":1},{\"days_before\":1,\"fee_percent\":2}]",
        "[],\"other\":[1]",
    };
    struct policy p;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (policy_read(arena, bad[i], &p)) fail_msg("accepted: %s", bad[i]);
    char many[2048] = "[";
    for (int i = 0; i <= POLICY_MAX_STEPS; i++) {
        char step[64];
        snprintf(step, sizeof step, "%s{\"days_before\":%d,\"fee_percent\":0}", i > 0 ? "," : "", i);
        memcpy(many + strlen(many), step, strlen(step) + 1);
    }
    memcpy(many + strlen(many), "]", 2);
    assert_false(policy_read(arena, many, &p));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_step_with_the_most_days_that_are_left),
        cmocka_unit_test(a_step_of_day_zero_lasts_to_the_end_of_the_visit_day),
        cmocka_unit_test(no_steps),
        cmocka_unit_test(days_of_the_calendar),
        cmocka_unit_test(fees_are_rounded_down),
        cmocka_unit_test(what_is_no_policy),
    };
    arena = arena_new(4 << 20);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(&arena);
    return failed;
}

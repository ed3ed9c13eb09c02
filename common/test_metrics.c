#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>

#include "arena.h"
#include "metrics.h"

static struct arena *arena;

static const char *text(void) {
    struct strbuf b;
    arena_reset(arena);
    strbuf_init(&b, arena, 1 << 22);
    metrics_write(&b);
    assert_true(strbuf_ok(&b));
    return b.data;
}

static size_t count(const char *haystack, const char *needle) {
    size_t n = 0;
    for (const char *at = haystack; (at = strstr(at, needle)) != NULL; at += strlen(needle)) n++;
    return n;
}

static int begin(void **state) {
    (void)state;
    arena = arena_new(1 << 24);
    return arena == NULL;
}

static int end(void **state) {
    (void)state;
    arena_free(&arena);
    return 0;
}

static void counters_and_gauges(void **state) {
    (void)state;
    struct metric *plain = metric_get(METRIC_COUNTER, "t_calls_total", "", "Calls\nof a \\ kind.");
    struct metric *labelled = metric_get(METRIC_COUNTER, "t_calls_total", "route=\"orders\",status=\"201\"", "ignored");
    struct metric *gauge = metric_get(METRIC_GAUGE, "t_depth", "", "Depth.");
    struct metric *late = metric_get(METRIC_COUNTER, "t_calls_total", "route=\"late\"", "ignored");
    metric_add(plain, 2);
    metric_add(labelled, 3);
    metric_add(late, 1);
    metric_set(gauge, 7);
    metric_add(gauge, -9);
    assert_int_equal(metric_value(plain), 2);
    assert_int_equal(metric_value(gauge), -2);
    assert_non_null(strstr(text(), "# HELP t_calls_total Calls\\nof a \\\\ kind.\n"
                                   "# TYPE t_calls_total counter\n"
                                   "t_calls_total 2\n"
                                   "t_calls_total{route=\"orders\",status=\"201\"} 3\n"
                                   "t_calls_total{route=\"late\"} 1\n"
                                   "# HELP t_depth Depth.\n"
                                   "# TYPE t_depth gauge\n"
                                   "t_depth -2\n"));
    assert_int_equal(count(text(), "# TYPE t_calls_total"), 1);
}

static void same_name_and_labels_are_the_same_metric(void **state) {
    (void)state;
    struct metric *m = metric_get(METRIC_GAUGE, "t_same", "a=\"1\"", "Help.");
    assert_ptr_equal(m, metric_get(METRIC_GAUGE, "t_same", "a=\"1\"", "Other help."));
    assert_ptr_not_equal(m, metric_get(METRIC_GAUGE, "t_same", "a=\"2\"", "Help."));
    struct metric *other_kind = metric_get(METRIC_COUNTER, "t_same", "a=\"1\"", "Help.");
    assert_non_null(other_kind);
    assert_ptr_not_equal(m, other_kind); /* the overflow series: one name has one kind */
    metric_set(m, 5);
    metric_set(other_kind, 100);
    assert_int_equal(metric_value(m), 5);
}

static void histogram(void **state) {
    (void)state;
    struct metric *m = metric_get(METRIC_HISTOGRAM, "t_seconds", "op=\"x\"", "Seconds.");
    static const int64_t us[] = {0, 1000, 1001, 9999, 10000, 2500000, 10000000, 10000001, 60000000};
    for (size_t i = 0; i < sizeof us / sizeof *us; i++) metric_observe_us(m, us[i]);
    assert_int_equal(metric_value(m), 9);
    assert_non_null(strstr(text(), "# HELP t_seconds Seconds.\n# TYPE t_seconds histogram\n"
                                   "t_seconds_bucket{op=\"x\",le=\"0.001\"} 2\n"
                                   "t_seconds_bucket{op=\"x\",le=\"0.0025\"} 3\n"
                                   "t_seconds_bucket{op=\"x\",le=\"0.005\"} 3\n"
                                   "t_seconds_bucket{op=\"x\",le=\"0.01\"} 5\n"
                                   "t_seconds_bucket{op=\"x\",le=\"0.025\"} 5\n"
                                   "t_seconds_bucket{op=\"x\",le=\"0.05\"} 5\n"
                                   "t_seconds_bucket{op=\"x\",le=\"0.1\"} 5\n"
                                   "t_seconds_bucket{op=\"x\",le=\"0.25\"} 5\n"
                                   "t_seconds_bucket{op=\"x\",le=\"0.5\"} 5\n"
                                   "t_seconds_bucket{op=\"x\",le=\"1\"} 5\n"
                                   "t_seconds_bucket{op=\"x\",le=\"2.5\"} 6\n"
                                   "t_seconds_bucket{op=\"x\",le=\"5\"} 6\n"
                                   "t_seconds_bucket{op=\"x\",le=\"10\"} 7\n"
                                   "t_seconds_bucket{op=\"x\",le=\"+Inf\"} 9\n"
                                   "t_seconds_sum{op=\"x\"} 82.522001\n"
                                   "t_seconds_count{op=\"x\"} 9\n"));
    m = metric_get(METRIC_HISTOGRAM, "t_bare_seconds", "", "Seconds.");
    metric_observe_us(m, 1500000);
    assert_non_null(strstr(text(), "t_bare_seconds_bucket{le=\"0.001\"} 0\n"));
    assert_non_null(strstr(text(), "t_bare_seconds_sum 1.500000\nt_bare_seconds_count 1\n"));
}

static void *add_many(void *m) {
    for (int i = 0; i < 50000; i++) {
        metric_add(m, 1);
        metric_observe_us(metric_get(METRIC_HISTOGRAM, "t_threads_seconds", "", "Seconds."), i);
    }
    return NULL;
}

static void threads_lose_nothing(void **state) {
    (void)state;
    struct metric *m = metric_get(METRIC_COUNTER, "t_threads_total", "", "Adds.");
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++) assert_int_equal(pthread_create(&threads[i], NULL, add_many, m), 0);
    for (int i = 0; i < 20; i++) text();
    for (size_t i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    assert_int_equal(metric_value(m), 200000);
    assert_int_equal(metric_value(metric_get(METRIC_HISTOGRAM, "t_threads_seconds", "", "")), 200000);
}

/* Last: afterwards there is no room for others. */
static void series_are_limited(void **state) {
    (void)state;
    struct metric *first = metric_get(METRIC_COUNTER, "t_many_total", "n=\"0\"", "Many."), *m = first;
    for (int i = 1; i < 3000; i++) {
        char labels[32];
        snprintf(labels, sizeof labels, "n=\"%d\"", i);
        m = metric_get(METRIC_COUNTER, "t_many_total", labels, "Many.");
        assert_non_null(m);
    }
    assert_ptr_equal(first, metric_get(METRIC_COUNTER, "t_many_total", "n=\"0\"", "Many."));
    assert_ptr_equal(m, metric_get(METRIC_HISTOGRAM, "t_new_seconds", "", "New.")); /* both overflow */
    int64_t before = metric_value(m);
    metric_observe_us(m, 5);
    metric_add(m, 10);
    metric_set(m, 1000);
    assert_int_equal(metric_value(m), before + 3); /* each update counts once */
    assert_in_range(count(text(), "t_many_total{"), 1900, 2000);
    assert_int_equal(count(text(), "# TYPE metrics_overflow_total counter\nmetrics_overflow_total "), 1);
    assert_null(strstr(text(), "t_new_seconds"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counters_and_gauges), cmocka_unit_test(same_name_and_labels_are_the_same_metric),
        cmocka_unit_test(histogram),           cmocka_unit_test(threads_lose_nothing),
        cmocka_unit_test(series_are_limited),
    };
    return cmocka_run_group_tests(tests, begin, end);
}

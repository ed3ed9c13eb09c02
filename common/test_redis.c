/* What needs no server: addresses, and the breaker over a port where nobody listens. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "metrics.h"
#include "redis.h"
#include "timeutil.h"

static void addresses(void **state) {
    (void)state;
    static const struct {
        const char *url;
        bool ok;
    } cases[] = {
        {"redis://localhost", true},
        {"redis://127.0.0.1:6379", true},
        {"redis://127.0.0.1:6379/", true},
        {"redis://127.0.0.1:6379/3", true},
        {"redis://:secret@host:1/0", true},
        {"redis://user:p@ss@host", true},
        {"", false},
        {"127.0.0.1:6379", false},
        {"http://127.0.0.1", false},
        {"redis://", false},
        {"redis://:6379", false},
        {"redis://host:", false},
        {"redis://host:x", false},
        {"redis://host:99999", false},
        {"redis://host:1/x", false},
        {"redis://nocolon@host", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct redis *r = redis_open(cases[i].url, 100);
        if ((r != NULL) != cases[i].ok) fail_msg("%s", cases[i].url);
        redis_close(&r);
        assert_null(r);
    }
}

static enum redis_rc run(struct redis *r) {
    static const struct redis_script script = {"one", "return 1"};
    int64_t out;
    size_t n;
    return redis_run(r, &script, 0, NULL, 0, &out, 1, &n);
}

static void breaker(void **state) {
    (void)state;
    struct redis *r = redis_open("redis://127.0.0.1:1", 200);
    assert_non_null(r);
    const struct metric *broken = metric_get(METRIC_GAUGE, "redis_breaker_open", "", "");
    assert_int_equal(metric_value(broken), 0);
    assert_int_equal(run(r), REDIS_DOWN);
    assert_int_equal(metric_value(broken), 1);
    int64_t start = time_mono_us();
    for (int i = 0; i < 1000; i++) assert_int_equal(run(r), REDIS_DOWN);
    assert_true(time_mono_us() - start < 200000); /* open: nobody connects */
    redis_close(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(addresses), cmocka_unit_test(breaker)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

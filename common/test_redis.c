/* What needs no server: addresses, and the breaker over a port where nobody listens. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

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

static enum redis_rc ping(struct redis *r) {
    char out[16];
    return redis_command(r, &(struct redis_argv){"PING", 4}, 1, out, sizeof out);
}

static void breaker(void **state) {
    (void)state;
    struct redis *r = redis_open("redis://127.0.0.1:1", 200);
    assert_non_null(r);
    assert_false(redis_breaker_open());
    assert_int_equal(ping(r), REDIS_DOWN);
    assert_true(redis_breaker_open());
    int64_t start = time_mono_us();
    for (int i = 0; i < 1000; i++) assert_int_equal(ping(r), REDIS_DOWN);
    assert_true(time_mono_us() - start < 200000); /* open: nobody connects */
    redis_close(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(addresses), cmocka_unit_test(breaker)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

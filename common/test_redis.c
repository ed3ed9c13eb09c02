/* What needs no server: addresses, and the breaker before somebody who never says a word. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

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

static int listen_at(char url[64]) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
    assert_int_equal(listen(fd, 64), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    snprintf(url, 64, "redis://127.0.0.1:%d", ntohs(at.sin_port));
    return fd;
}

/* Connections made since the last call. */
static int64_t connections(int listener) {
    int64_t n = 0;
    for (int fd; (fd = accept(listener, NULL, NULL)) >= 0; n++) close(fd);
    return n;
}

static void breaker(void **state) {
    (void)state;
    char url[64];
    int listener = listen_at(url);
    struct redis *r = redis_open(url, 200);
    assert_non_null(r);
    const struct metric *broken = metric_get(METRIC_GAUGE, "redis_breaker_open", "", "");
    assert_int_equal(metric_value(broken), 0);
    int64_t begin = time_mono_ms();
    assert_int_equal(run(r), REDIS_DOWN);
    assert_int_equal(metric_value(broken), 1);
    assert_int_equal(connections(listener), 1);
    for (int i = 0; i < 1000; i++) assert_int_equal(run(r), REDIS_DOWN);
    assert_true(connections(listener) <= (time_mono_ms() - begin) / 1000); /* open: one probe a second */
    redis_close(&r);
    close(listener);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(addresses), cmocka_unit_test(breaker)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "timeutil.h"
#include "transport.h"

enum { SOON_MS = 30000 };

/* One who sends answers that nobody asked for, as fast as they are read. */
struct flood {
    int listener;
    char addr[32];
    pthread_t thread;
};

static void answer_for_ever(int fd) {
    static const char hello[8] = {0, 'S', 'P', 0, 0, 0x31 /* rep */, 0, 0};
    static const char message[8 + 64] = {[7] = 64};   /* length of the body, body */
    const struct timeval limit = {.tv_usec = 100000}; /* nobody reads a connection that was left behind */
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    send(fd, hello, sizeof hello, MSG_NOSIGNAL);
    while (send(fd, message, sizeof message, MSG_NOSIGNAL) > 0) continue;
    close(fd);
}

static void *flood_main(void *arg) {
    const struct flood *f = arg;
    for (int fd; (fd = accept(f->listener, NULL, NULL)) >= 0;) answer_for_ever(fd);
    return NULL;
}

static void flood_start(struct flood *f) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    f->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(f->listener, (struct sockaddr *)&at, len), 0);
    assert_int_equal(listen(f->listener, 8), 0);
    assert_int_equal(getsockname(f->listener, (struct sockaddr *)&at, &len), 0);
    snprintf(f->addr, sizeof f->addr, "127.0.0.1:%d", ntohs(at.sin_port));
    assert_int_equal(pthread_create(&f->thread, NULL, flood_main, f), 0);
}

static void flood_stop(struct flood *f) {
    shutdown(f->listener, SHUT_RDWR);
    pthread_join(f->thread, NULL);
    close(f->listener);
}

static void on_link(void *arg, bool up) {
    if (up) sem_post(arg);
}

/* Of some dozens of such closes at least one meets a message that is half there: it says so, and nothing waits for ever. */
static void a_close_ends_whatever_comes_in(void **state) {
    (void)state;
    static sem_t connected; /* a connection that does not end may still tell */
    sem_init(&connected, 0, 0);
    struct flood f;
    flood_start(&f);
    bool ends = true;
    for (int64_t until = time_mono_ms() + 1500; ends && time_mono_ms() < until;) {
        struct tp_peer *p = tp_peer_open(f.addr, on_link, &connected);
        assert_non_null(p);
        sem_wait(&connected);
        int64_t before = time_mono_ms();
        ends = tp_peer_close(&p);
        assert_null(p);
        assert_true(time_mono_ms() - before < SOON_MS);
    }
    flood_stop(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_close_ends_whatever_comes_in)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

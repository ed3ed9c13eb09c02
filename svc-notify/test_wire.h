/* test_wire - a carrier of messages that talks to a peer with prepared answers. */
#pragma once
#include "common/test_peer.h"
#include "test_provider.h"

enum { PATIENT_MS = 20000, HASTY_MS = 300 /* where no answer is expected in time */ };

#define HEAD(status) "HTTP/1.1 " status " x\r\nConnection: close\r\n\r\n"

struct fixture {
    struct peer peer;
    struct provider_conf conf;
    struct provider provider;
};

typedef bool (*provider_open)(const struct provider_conf *conf, struct provider *out);

/* `conf` is test_conf, perhaps with more. */
static void wire_start(struct fixture *f, struct arena *a, provider_open open, const struct provider_conf *conf,
                       const struct peer_answer *answers, size_t n) {
    peer_start(&f->peer, answers, n);
    f->conf = *conf;
    f->conf.base_url = arena_printf(a, "http://127.0.0.1:%d", f->peer.port);
    if (f->conf.timeout_ms == 0) f->conf.timeout_ms = PATIENT_MS;
    assert_true(open(&f->conf, &f->provider));
}

static void stop(struct fixture *f) {
    f->provider.close(f->provider.self);
    peer_stop(&f->peer);
}

static struct outgoing submit(struct fixture *f, struct arena *a) {
    struct outgoing m = ticket("OWN", "OWN-1"), *each[] = {&m};
    f->provider.submit(f->provider.self, a, each, 1);
    return m;
}

/* A submit that takes all the answers. One that hurries may have no time left before it has sent anything, where the machine
 * stood still: then all is begun anew. */
static struct outgoing start_and_submit(struct fixture *f, struct arena *a, provider_open open, bool hasty,
                                        const struct peer_answer *answers, size_t n) {
    struct provider_conf conf = test_conf;
    if (hasty) conf.timeout_ms = HASTY_MS;
    for (;;) {
        wire_start(f, a, open, &conf, answers, n);
        struct outgoing m = submit(f, a);
        if (!hasty || peer_requests(&f->peer) == n) return m;
        stop(f);
    }
}

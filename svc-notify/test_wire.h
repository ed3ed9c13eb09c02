/* test_wire - a carrier of messages that talks to a peer with prepared answers. */
#pragma once
#include "common/test_peer.h"
#include "test_provider.h"

#define HEAD(status) "HTTP/1.1 " status " x\r\nConnection: close\r\n\r\n"

struct fixture {
    struct peer peer;
    struct provider_conf conf;
    struct provider provider;
};

typedef bool (*provider_open)(const struct provider_conf *conf, struct provider *out);

static void wire_start(struct fixture *f, struct arena *a, provider_open open, int timeout_ms,
                       const struct peer_answer *answers, size_t n) {
    peer_start(&f->peer, answers, n);
    f->conf = test_conf;
    f->conf.base_url = arena_printf(a, "http://127.0.0.1:%d", f->peer.port);
    f->conf.timeout_ms = timeout_ms;
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

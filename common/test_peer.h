/* A server for tests that does exactly what it is told, right or wrong: the n-th request gets the n-th answer, further ones
 * the last. One thread per connection. */
#pragma once
#include <arpa/inet.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum peer_then {
    PEER_KEEP,  /* the connection stays */
    PEER_CLOSE, /* it ends */
    PEER_HANG,  /* it stays, and no answer ever comes */
    PEER_GONE,  /* it ends, and nobody listens any more */
};
struct peer_answer {
    const char *text;
    enum peer_then then;
    size_t filler; /* bytes sent after the text */
    int drip_ms;   /* > 0: time between two bytes */
};

enum { PEER_CONNECTIONS = 32, PEER_REQUEST_MAX = 8192 };

struct peer {
    const struct peer_answer *answers;
    size_t n_answers;
    int listener, port;
    pthread_t thread;
    pthread_mutex_t lock; /* guards what follows */
    pthread_t connections[PEER_CONNECTIONS];
    int sockets[PEER_CONNECTIONS];
    size_t n_connections, n_requests;
    char request[PEER_REQUEST_MAX + 1]; /* the last one */
};

struct peer_connection {
    struct peer *peer;
    int fd;
};

/* Head and body of one request into the buffer; false when the client has gone. */
static bool peer_read(int fd, char *request) {
    size_t n = 0, whole = PEER_REQUEST_MAX;
    while (n < whole) {
        ssize_t got = recv(fd, request + n, whole - n, 0);
        if (got <= 0) return false;
        n += (size_t)got;
        request[n] = '\0';
        const char *end = strstr(request, "\r\n\r\n"), *length = strcasestr(request, "\r\ncontent-length:");
        if (end == NULL) continue;
        whole = (size_t)(end - request) + 4 + (length == NULL ? 0 : strtoul(length + 17, NULL, 10));
    }
    return true;
}

static bool peer_send(int fd, const char *data, size_t n, int drip_ms) {
    for (size_t at = 0; at < n;) {
        ssize_t sent = send(fd, data + at, drip_ms > 0 ? 1 : n - at, MSG_NOSIGNAL); /* less where we are stopped */
        if (sent <= 0) return false;
        at += (size_t)sent;
        if (drip_ms > 0) usleep((useconds_t)drip_ms * 1000);
    }
    return true;
}

static bool peer_answer(int fd, const struct peer_answer *a) {
    static const char filler[4096];
    if (!peer_send(fd, a->text, strlen(a->text), a->drip_ms)) return false;
    for (size_t left = a->filler; left > 0;) {
        size_t n = left < sizeof filler ? left : sizeof filler;
        if (!peer_send(fd, filler, n, a->drip_ms)) return false;
        left -= n;
    }
    return true;
}

static void *peer_serve(void *arg) {
    struct peer_connection c = *(struct peer_connection *)arg;
    struct peer *p = c.peer;
    free(arg);
    char request[PEER_REQUEST_MAX + 1];
    enum peer_then then = PEER_KEEP;
    while (then == PEER_KEEP && peer_read(c.fd, request)) {
        pthread_mutex_lock(&p->lock);
        size_t at = p->n_requests < p->n_answers ? p->n_requests : p->n_answers - 1;
        p->n_requests++;
        memcpy(p->request, request, sizeof request);
        pthread_mutex_unlock(&p->lock);
        then = p->answers[at].then;
        if (!peer_answer(c.fd, &p->answers[at])) break;
    }
    if (then == PEER_HANG) peer_read(c.fd, request);
    if (then == PEER_GONE) shutdown(p->listener, SHUT_RDWR);
    shutdown(c.fd, SHUT_RDWR); /* closed by peer_stop(), so that its number is nobody else's */
    return NULL;
}

static void *peer_accept(void *arg) {
    struct peer *p = arg;
    for (;;) {
        int fd = accept(p->listener, NULL, NULL);
        if (fd < 0) return NULL;
        struct peer_connection *c = malloc(sizeof *c);
        *c = (struct peer_connection){p, fd};
        pthread_mutex_lock(&p->lock);
        assert_true(p->n_connections < PEER_CONNECTIONS);
        p->sockets[p->n_connections] = fd;
        pthread_create(&p->connections[p->n_connections++], NULL, peer_serve, c);
        pthread_mutex_unlock(&p->lock);
    }
}

static void peer_start(struct peer *p, const struct peer_answer *answers, size_t n) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    *p = (struct peer){.answers = answers, .n_answers = n, .listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    assert_int_equal(bind(p->listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(p->listener, PEER_CONNECTIONS), 0);
    assert_int_equal(getsockname(p->listener, (struct sockaddr *)&at, &len), 0);
    p->port = ntohs(at.sin_port);
    pthread_mutex_init(&p->lock, NULL);
    pthread_create(&p->thread, NULL, peer_accept, p);
}

static size_t peer_requests(struct peer *p) {
    pthread_mutex_lock(&p->lock);
    size_t n = p->n_requests;
    pthread_mutex_unlock(&p->lock);
    return n;
}

/* The last request as it was read. */
static const char *peer_request(struct peer *p, char out[PEER_REQUEST_MAX + 1]) {
    pthread_mutex_lock(&p->lock);
    memcpy(out, p->request, sizeof p->request);
    pthread_mutex_unlock(&p->lock);
    return out;
}

static void peer_stop(struct peer *p) {
    shutdown(p->listener, SHUT_RDWR);
    pthread_join(p->thread, NULL);
    close(p->listener);
    for (size_t i = 0; i < p->n_connections; i++) {
        shutdown(p->sockets[i], SHUT_RDWR);
        pthread_join(p->connections[i], NULL);
        close(p->sockets[i]);
    }
    pthread_mutex_destroy(&p->lock);
}

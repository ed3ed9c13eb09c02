/* http_client - the only user of libcurl: calls to servers of others over HTTP/1.1.
 *
 * A client belongs to one thread at a time; it keeps its connection and TLS session from call to call. TLS certificates are
 * always verified, redirects are never followed, proxies of the environment are ignored.
 *
 * Danger: when a kept connection turns out dead before the first byte of the answer, libcurl sends the request again by
 * itself, POST included, and no option but a fresh connection stops it. Whatever must not happen twice carries an
 * Idempotency-Key. */
#pragma once
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct http_client;

struct http_client_conf {    /* zeros are the defaults; texts must outlive the client */
    int connect_timeout_ms;  /* name, connection and TLS: 5,000 */
    int timeout_ms;          /* the whole call, also when its answer drips: 60,000 */
    size_t body_max;         /* of an answer: 1 MiB */
    const char *user_agent;  /* NULL: the header is not sent */
    const char *ca_file;     /* trusted certificates, PEM; NULL: the system's */
    bool plain_http;         /* http:// too: for sandboxes */
    bool fresh_post;         /* each POST over a connection of its own, so that none is sent twice */
    const atomic_bool *stop; /* once true, calls end within a second or so; NULL: never */
};

/* How far a call came. */
enum http_transport {
    HTTP_ANSWERED,  /* a whole answer: see status */
    HTTP_NOT_SENT,  /* not a byte of the request has left: certainly not executed */
    HTTP_UNKNOWN,   /* sent, at least in part, and no whole answer: may have been executed */
    HTTP_TOO_LARGE, /* answered with more than body_max or than the arena holds: may have been executed */
};

struct http_call {
    const char *method; /* GET POST PUT PATCH DELETE */
    const char *url;
    const char *const *headers; /* "Name: value", without control characters */
    size_t n_headers;
    const void *body; /* NULL: none */
    size_t len;
    int timeout_ms; /* 0: the client's */
};

struct http_reply {
    enum http_transport transport;
    /* Why there is no answer, a stable word: TIMEOUT NO_CONNECTION TLS CONNECTION_LOST BROKEN_ANSWER TOO_LARGE
     * STOPPED BAD_CALL (the address or a header was refused here, nothing was sent); NULL when answered. */
    const char *fault;
    const char
        *detail;      /* the same in libcurl's words, for logs: names the host, never the request; NULL when answered */
    int status;       /* 0 unless answered */
    const char *body; /* NUL-terminated, "" unless answered */
    size_t len;
    int64_t took_us;
};

/* NULL when out of memory. */
struct http_client *http_client_open(const struct http_client_conf *conf);
void http_client_close(struct http_client **c);
/* Sends and waits. What the reply points to lives in the arena. */
void http_client_send(struct http_client *c, struct arena *a, const struct http_call *call, struct http_reply *reply);
/* Of the last answer, in the arena; NULL: absent. */
const char *http_client_header(struct http_client *c, struct arena *a, const char *name);

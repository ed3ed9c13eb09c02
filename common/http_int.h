/* http_int - shared by the files of the HTTP server; nobody else includes it.
 *
 * http.c         threads, connections, reading requests: all that touches the library
 * http_answer.c  composing answers; they leave by http_write()
 *
 * A thread serves one connection at a time and owns its http_worker and exchange; only the counters and flags of http_server
 * are shared between threads. */
#pragma once
#include <stdatomic.h>
#include "http.h"
#include "http_parse.h"
#include "io_watch.h"

#define OUT_SIZE ((size_t)16 * 1024) /* answers up to this leave in one write */
#define REFUSAL_SIZE 2048            /* room for any http_refusal() */

struct mg_context;
struct mg_request_info;

struct http_worker { /* one per civetweb thread */
    struct http_server *server;
    struct io_limit limit;
    struct arena *arena;
    const struct mg_request_info
        *info;  /* where the library tells about this thread's connection; NULL: not known yet */
    int ticket; /* of the connection, see http_conf.arrived; -1: refused */
    int64_t date_second;
    char date[48];
    char out[OUT_SIZE];
};

struct http_server {
    struct http_conf conf;
    struct mg_context *ctx;
    struct io_watch *watch;
    atomic_int open, in_flight;
    struct metric *connections;
    atomic_bool closing, sealed;
};

/* A request with what only the server needs; handlers see its first member. */
struct exchange {
    struct http_req req;
    struct http_worker *worker;
    struct http_framing framing;
    bool http11, is_head, body_read, chunking, broken;
};

static inline struct exchange *exchange_of(struct http_req *req) { return (struct exchange *)(void *)req; }
static inline bool has_body(const struct exchange *x) { return x->framing.chunked || x->framing.content_length > 0; }

/* ---- http.c ---- */
/* `n` bytes within a time that grows with them; nothing more after a failure. */
bool http_write(struct exchange *x, const void *data, size_t n);

/* ---- http_answer.c ---- */
/* A refusal made here, where no handler knows of the request: the problem document of every other error. */
void http_refuse(struct exchange *x, enum status st);

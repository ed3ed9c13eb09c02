/* http - the only user of civetweb: an HTTP/1.1 server with strict reading and one-write answers.
 *
 * One thread per connection with about 77 KiB of usable stack: handlers keep big things in the request's arena. Refused before
 * the handler: Transfer-Encoding together with Content-Length, two Content-Length, TE other than chunked, bad targets. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "status.h"
#include "strbuf.h"

struct arena;
struct http_server;
struct mg_connection;

struct http_req {
    struct mg_connection *conn;
    struct arena *arena;
    const char *method, *path /* raw, without query */, *query /* "" if none */;
    const char *remote;     /* peer address */
    int64_t content_length; /* -1: none or chunked */
    int64_t started_us;
    /* filled by the answer, for log and metrics */
    int status;
    size_t sent;
    bool close;
};
struct http_answer {
    int status;
    const char *content_type;
    const char *headers; /* ready lines, each ended by \r\n; "" */
    const void *body;
    size_t len;
};

struct http_conf {
    const char *listen; /* host:port */
    int threads;        /* = connections served at once */
    int keep_alive_ms, request_timeout_ms;
    int backlog;
    int body_timeout_ms; /* total time for a body */
    size_t arena_max;
    void (*handler)(void *arg, struct http_req *req); /* must call http_send() or the chunk functions once */
    void *arg;
    /* Optional; called with `arg`. What an address may have open at once: a ticket >= 0 for each connection, given back when it
     * ends; -1: too many, it is cut at once when silent, or after its first request, which is refused. */
    int (*arrived)(void *arg, const char *remote);
    void (*gone)(void *arg, int ticket);
};
struct http_server *http_start(const struct http_conf *conf);
void http_stop(struct http_server **s);

const char *http_header(const struct http_req *req, const char *name); /* NULL: absent */
/* Whole body into the arena, NUL-terminated. ST_OK, ST_BODY_TOO_LARGE, ST_REQUEST_TIMEOUT, ST_BAD_REQUEST. */
enum status http_body(struct http_req *req, size_t max, const char **body, size_t *len);
/* One write. HEAD gets headers only. */
void http_send(struct http_req *req, const struct http_answer *a);
/* For programs that play a broken server. Announces the whole body, sends `n` bytes of it and ends the connection. */
void http_send_part(struct http_req *req, const struct http_answer *a, size_t n);
/* Ends the connection without an answer, or without the rest of a chunked one. */
void http_drop(struct http_req *req);
/* Chunked answers for long results: begin, any number of chunks, end. */
bool http_chunk_begin(struct http_req *req, int status, const char *content_type, const char *headers);
bool http_chunk(struct http_req *req, const void *data, size_t n);
void http_chunk_end(struct http_req *req);
/* Streams a regular file (already opened) of `size` bytes. */
void http_send_file(struct http_req *req, int fd, int64_t size, const char *content_type, const char *headers);

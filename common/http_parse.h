/* http_parse - which requests are acceptable, as pure functions: everything two readers of the same bytes could understand
 * differently is refused before anybody acts on it. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_field {
    const char *name, *value;
};
struct http_framing {
    int64_t content_length; /* -1: none given */
    bool chunked;
    bool expect_continue; /* the client waits for 100 Continue before it sends the body */
};

/* Origin form only: a clean absolute path (no empty, "." or ".." segment, also encoded; no encoded slash, backslash, NUL or
 * control character; well-formed escapes), `query` likewise well-formed. */
bool http_target_ok(const char *path, const char *query);
/* False: two or bad Content-Length, Transfer-Encoding other than "chunked", both of them, chunked in HTTP/1.0, not exactly
 * one Host in HTTP/1.1. */
bool http_framing_read(const struct http_field *fields, size_t n, bool http11, struct http_framing *out);

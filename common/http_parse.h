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

/* A head as the library leaves it: cut into strings in place, in its own buffer. What stood between them has become NUL, one for
 * each character, or was left as it was; so the distance of two strings, and what lies between, tell how it was written. */
struct http_head {
    const char *method, *path, *query /* NULL: no '?' */, *version /* behind "HTTP/" */;
    const struct http_field *fields;
    size_t n_fields;
};
/* False for what another reader could cut differently: a header's name that is no token or is followed by a blank, a folded line,
 * a line that ends with a lone LF, a line without colon, more than one blank in the request line. The head must be shorter than
 * the buffer it stands in by 4 bytes at least.
 *
 * Two things cannot be seen. Of the end of the request line only its length is known: LF and a blank pass as CR LF. And a head
 * ended by LF LF passes if CR NUL comes right behind it; a body that begins so is refused, see http_body(). */
bool http_head_ok(const struct http_head *head);
/* Bytes from the method to behind the last header's value. */
size_t http_head_length(const struct http_head *head);
#define HTTP_METHODS "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
bool http_method_known(const char *method); /* one of HTTP_METHODS */
/* Origin form only: a clean absolute path (no empty, "." or ".." segment, also encoded; no encoded slash, backslash, NUL or
 * control character; well-formed escapes), `query` likewise well-formed. */
bool http_target_ok(const char *path, const char *query);
/* False: two or bad Content-Length, Transfer-Encoding other than "chunked", both of them, chunked in HTTP/1.0, not exactly
 * one Host in HTTP/1.1. */
bool http_framing_read(const struct http_field *fields, size_t n, bool http11, struct http_framing *out);

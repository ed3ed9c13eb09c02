#include "http_refusal.h"

#include <stdint.h>
#include <stdio.h>

#include "crypto.h"
#include "http_parse.h"

const char *http_reason(int http_status) {
    static const struct {
        int status;
        const char *phrase;
    } phrases[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {303, "See Other"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {413, "Content Too Large"},
        {415, "Unsupported Media Type"},
        {422, "Unprocessable Content"},
        {423, "Locked"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
    };
    for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++)
        if (phrases[i].status == http_status) return phrases[i].phrase;
    return "Status";
}

static const char *special_headers(int http_status) {
    if (http_status == 405) return "Allow: " HTTP_METHODS "\r\n";
    return http_status == 429 || http_status == 503 ? "Retry-After: 1\r\n" : "";
}

size_t http_refusal(enum status st, enum lang lang, bool bodiless, const char *date, char *out, size_t cap) {
    uint8_t random[16];
    char id[33], body[512];
    int http_status = status_http(st);
    random_bytes(random, sizeof random);
    hex_encode(random, sizeof random, id);
    int len = snprintf(body, sizeof body,
                       "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,\"code\":\"%s\",\"detail\":\"%s\","
                       "\"request_id\":\"%s\"}",
                       http_reason(http_status), http_status, status_code(st), status_detail(st, lang), id);
    if (len < 0 || (size_t)len >= sizeof body) return 0;
    int n = snprintf(out, cap,
                     "HTTP/1.1 %d %s\r\n%sContent-Type: application/problem+json\r\nContent-Length: %d\r\n"
                     "X-Request-Id: %s\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
                     "X-Frame-Options: DENY\r\nReferrer-Policy: no-referrer\r\n"
                     "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n%s"
                     "Connection: close\r\n\r\n%s",
                     http_status, http_reason(http_status), date, len, id, special_headers(http_status),
                     bodiless ? "" : body);
    return n > 0 && (size_t)n < cap ? (size_t)n : 0;
}

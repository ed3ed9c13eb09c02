#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "http_parse.h"

static void targets(void **state) {
    (void)state;
    static const struct {
        const char *path, *query;
        bool ok;
    } cases[] = {
        {"/", "", true},
        {"/api/orders", "q=%EA%B0%80&a=b+c", true},
        {"/aaa/", "", true},
        {"/a.b/..c/...", "", true},
        {"/%ea%b0%80", "", true},
        {"/a~!$&'()*+,;=:@_-", "", true},
        {"", "", false},
        {"a", "", false},
        {"*", "", false},
        {"http://x/a", "", false},
        {"//", "", false},
        {"//a", "", false},
        {"/a//b", "", false},
        {"/.", "", false},
        {"/..", "", false},
        {"/a/../b", "", false},
        {"/a/./b", "", false},
        {"/%2e%2E/a", "", false},
        {"/.%2e", "", false},
        {"/a%00", "", false},
        {"/a%0a", "", false},
        {"/a%7f", "", false},
        {"/a%2fb", "", false},
        {"/a%2Fb", "", false},
        {"/a%5cb", "", false},
        {"/a\\b", "", false},
        {"/a b", "", false},
        {"/a#b", "", false},
        {"/a\x80", "", false},
        {"/a%", "", false},
        {"/a%4", "", false},
        {"/a%4g", "", false},
        {"/a", "x=%00", false},
        {"/a", "x=%", false},
        {"/a", "x=%2f/..//", true},
        {"/a", "x=\x01", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (http_target_ok(cases[i].path, cases[i].query) != cases[i].ok)
            fail_msg("%s ? %s", cases[i].path, cases[i].query);
}

#define HOST                                                                                                           \
    { "Host", "x" }
#define MAX_FIELDS 4

static void framing(void **state) {
    (void)state;
    static const struct {
        struct http_field field[MAX_FIELDS];
        bool http10, ok, chunked;
        int64_t length;
    } cases[] = {
        {{HOST}, .ok = true, .length = -1},
        {{{"hOST", "x"}, {"content-LENGTH", "12"}}, .ok = true, .length = 12},
        {{HOST, {"Content-Length", "0"}}, .ok = true, .length = 0},
        {{HOST, {"Transfer-Encoding", "Chunked"}}, .ok = true, .chunked = true, .length = -1},
        {{HOST, {"Content-Length", "999999999999999999"}}, .ok = true, .length = 999999999999999999},
        {{{"X", ""}}, .ok = false},
        {{HOST, HOST}, .ok = false},
        {{HOST, {"Content-Length", "1"}, {"Content-Length", "1"}}, .ok = false},
        {{HOST, {"Content-Length", "1"}, {"Transfer-Encoding", "chunked"}}, .ok = false},
        {{HOST, {"Transfer-Encoding", "chunked"}, {"Content-Length", "1"}}, .ok = false},
        {{HOST, {"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}}, .ok = false},
        {{HOST, {"Transfer-Encoding", "gzip, chunked"}}, .ok = false},
        {{HOST, {"Transfer-Encoding", "identity"}}, .ok = false},
        {{HOST, {"Transfer-Encoding", ""}}, .ok = false},
        {{HOST, {"Content-Length", ""}}, .ok = false},
        {{HOST, {"Content-Length", "+1"}}, .ok = false},
        {{HOST, {"Content-Length", "-1"}}, .ok = false},
        {{HOST, {"Content-Length", "1,1"}}, .ok = false},
        {{HOST, {"Content-Length", "1 "}}, .ok = false},
        {{HOST, {"Content-Length", "0x1"}}, .ok = false},
        {{HOST, {"Content-Length", "9999999999999999999"}}, .ok = false},
        {{{"X", ""}}, .http10 = true, .ok = true, .length = -1},
        {{HOST, {"Transfer-Encoding", "chunked"}}, .http10 = true, .ok = false},
        {{HOST, HOST}, .http10 = true, .ok = false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t n = 0;
        while (n < MAX_FIELDS && cases[i].field[n].name) n++;
        struct http_framing got;
        bool ok = http_framing_read(cases[i].field, n, !cases[i].http10, &got);
        if (ok != cases[i].ok) fail_msg("case %zu: accepted %d", i, ok);
        if (ok && (got.content_length != cases[i].length || got.chunked != cases[i].chunked))
            fail_msg("case %zu: length %lld chunked %d", i, (long long)got.content_length, got.chunked);
    }
}

static void expectation(void **state) {
    (void)state;
    const struct http_field fields[] = {HOST, {"Expect", "100-Continue"}};
    struct http_framing got;
    assert_true(http_framing_read(fields, 2, true, &got));
    assert_true(got.expect_continue);
    assert_true(http_framing_read(fields, 1, true, &got));
    assert_false(got.expect_continue);
}

/* Cuts a head in place as the library does, see http_parse.h. */
#define CUT_FIELDS 8

/* A word of the request line and what stands behind it. */
static char *cut_word(char **at) {
    char *word = *at, *s = word + strcspn(word, " \r\n");
    while (*s == ' ' || *s == '\r' || *s == '\n') *s++ = '\0';
    *at = s;
    return word;
}

static char *cut_value(char **at) {
    char *value = *at, *s = value + strcspn(value, "\r\n");
    if (*s == '\r') *s++ = '\0';
    if (*s == '\n') *s++ = '\0';
    *at = s;
    return value;
}

static size_t cut_fields(char *at, struct http_field *f) {
    size_t n = 0;
    while (n < CUT_FIELDS && strchr(" :\r\n", *at) == NULL) {
        f[n].name = at;
        at += strcspn(at, " :\r\n");
        while (*at == ' ') *at++ = '\0';
        if (*at != ':') break;
        *at++ = '\0';
        at += strspn(at, " ");
        f[n++].value = cut_value(&at);
    }
    return n;
}

/* `text` is a whole head; what follows it in the buffer is `rest`, of 8 bytes. */
static bool head_ok(const char *text, const char *rest, size_t *length) {
    char buf[512] = "";
    size_t n = strlen(text);
    memcpy(buf, text, n);
    memcpy(buf + n, rest, 8);
    buf[n - 1] = '\0';
    char *at = buf;
    struct http_field fields[CUT_FIELDS];
    struct http_head head = {.fields = fields};
    head.method = cut_word(&at);
    char *query = strchr(at, '?');
    head.path = cut_word(&at);
    if (query != NULL && query < at) {
        *query = '\0';
        head.query = query + 1;
    }
    head.version = cut_word(&at) + 5;
    head.n_fields = cut_fields(at, fields);
    *length = http_head_length(&head);
    return http_head_ok(&head);
}

static void heads(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool ok;
    } cases[] = {
        {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", true},
        {"GET /a?b=c HTTP/1.1\r\nHost:x\r\nA: \r\nB:\r\nC:  d e \r\n\r\n", true},
        {"GET / HTTP/1.0\r\n\r\n", true},
        {"GET  / HTTP/1.1\r\nHost: x\r\n\r\n", false},
        {"GET /  HTTP/1.1\r\nHost: x\r\n\r\n", false},
        {"GET /?a  HTTP/1.1\r\nHost: x\r\n\r\n", false},
        {"GET / HTTP/1.1\nHost: x\r\n\r\n", false},
        {"GET / HTTP/1.1 \r\nHost: x\r\n\r\n", false},
        {"GET / HTTP/1.1\r\n Host: x\r\n\r\n", false},
        {"GET / HTTP/1.1\r\nHost : x\r\n\r\n", false},
        {"GET / HTTP/1.1\r\nHost: x\r\nContent-Length : 2\r\n\r\n", false},
        {"GET / HTTP/1.1\r\nHost: x\r\nContent-Length  :2\r\nA: b\r\n\r\n", false},
        {"GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n", false},
        {"GET / HTTP/1.1\r\nHost: x\r\n folded: y\r\nA: b\r\n\r\n", false},
        {"GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n", false},
        {"GET / HTTP/1.1\r\nHost: x\nA: b\n\n", false},
        {"GET / HTTP/1.1\r\nHost: x\r\nA: b\n\n", false},
        {"GET / HTTP/1.1\r\nHost: x\r\nA: b\n\r\n", false},
        {"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n\n", false},
        {"GET / HTTP/1.1\r\nHost: x\r\nno colon\r\nA: b\r\n\r\n", false},
        {"GET / HTTP/1.1\r\nHost: x\r\n: b\r\n\r\n", false},
        {"GET / HTTP/1.1\r\nHost: x\r\nTransfer;Encoding: b\r\n\r\n", false},
        {"GET / HTTP/1.1\r\nHost: x\r\n(A): b\r\n\r\n", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t length, whole = strlen(cases[i].text);
        if (head_ok(cases[i].text, "{\"abcde\"", &length) != cases[i].ok) fail_msg("case %zu: %s", i, cases[i].text);
        if (head_ok(cases[i].text, "\0\r\0\n\0\0\0\0", &length) != cases[i].ok) fail_msg("other rest, case %zu", i);
        if (cases[i].ok && i != 2) assert_int_equal(length + 4, whole);
    }
}

static void methods(void **state) {
    (void)state;
    static const char *const known[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
    static const char *const unknown[] = {"", "get", "GE", "GETS", "TRACE", "CONNECT", "GET, HEAD", ","};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) assert_true(http_method_known(known[i]));
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) assert_false(http_method_known(unknown[i]));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads),   cmocka_unit_test(methods),     cmocka_unit_test(targets),
        cmocka_unit_test(framing), cmocka_unit_test(expectation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

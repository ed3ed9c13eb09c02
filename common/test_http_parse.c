#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets),
        cmocka_unit_test(framing),
        cmocka_unit_test(expectation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

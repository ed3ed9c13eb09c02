#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "router.h"

static const struct route table[] = {
    {METHOD_GET, "/", KIND_PAGES, .class = CLASS_FILES},
    {METHOD_GET, "/api/things", KIND_CALL, .class = CLASS_READS},
    {METHOD_POST, "/api/things", KIND_CALL, .class = CLASS_ORDERS},
    {METHOD_POST, "/api/things/lookup", KIND_CALL, .class = CLASS_LOOKUPS},
    {METHOD_GET, "/api/things/:id", KIND_CALL, .class = CLASS_READS},
    {METHOD_PUT, "/api/things/:id", KIND_CALL, .class = CLASS_STAFF},
    {METHOD_DELETE, "/api/things/:id/parts/:part", KIND_CALL, .class = CLASS_STAFF},
    {METHOD_GET, "/api/*", .kind = KIND_NOTHING},
    {METHOD_GET, "/*", KIND_PAGES, .class = CLASS_FILES},
};
#define N (sizeof table / sizeof table[0])

static void test_paths_that_are_fine(void **state) {
    (void)state;
    static const struct {
        const char *raw;
        size_t n;
        const char *last;
        bool slash;
    } cases[] = {
        {"/", 0, "", true},
        {"/a", 1, "a", false},
        {"/a/", 1, "a", true},
        {"/a/b/c", 3, "c", false},
        {"/%ED%99%8D", 1, "홍", false},
        {"/a%20b", 1, "a b", false},
        {"/a+b", 1, "a+b", false}, /* a plus is a plus in a path */
        {"/...", 1, "...", false},
        {"/.well-known", 1, ".well-known", false},
        {"/%2525", 1, "%25", false}, /* decoded once */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct path path;
        assert_int_equal(path_split(&path, cases[i].raw), PATH_OK);
        assert_int_equal(path.n, cases[i].n);
        assert_int_equal(path.slash, cases[i].slash);
        if (path.n > 0) assert_string_equal(path.segment[path.n - 1], cases[i].last);
    }
}

static void test_paths_that_are_refused(void **state) {
    (void)state;
    static const char *const bad[] = {
        "",       "*",       "http://x/", "a/b",     "/..",        "/a/..",      "/a/../b", "/.",
        "/./a",   "/%2e",    "/%2E%2e/a", "/.%2e",   "/a%00",      "/a%00.html", "/a%2fb",  "/a%2Fb",
        "/a%5cb", "/a\\b",   "/%",        "/%2",     "/%zz",       "/a%0d%0ab",  "/a\nb",   "/a\x7f",
        "/a%7f",  "/%c3%28", "/\xc3\x28", "/%c0%af", "/%ed%a0%80", "/a/%1f",     "//..",    "/a//%00",
    };
    static const char *const unknown[] = {"//", "//a", "/a//b", "/a/b//", "/1/2/3/4/5/6/7/8/9/0/1/2/3/4/5/6/7"};
    struct path path;
    assert_int_equal(path_split(&path, NULL), PATH_BAD);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (path_split(&path, bad[i]) != PATH_BAD) fail_msg("not refused: %s", bad[i]);
    }
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        if (path_split(&path, unknown[i]) != PATH_UNKNOWN) fail_msg("not unknown: %s", unknown[i]);
    }
}

static void test_long_paths(void **state) {
    (void)state;
    struct path path;
    char raw[3000];
    memset(raw, 'a', sizeof raw);
    raw[0] = '/';
    raw[1 + SEGMENT_BYTES] = '\0';
    assert_int_equal(path_split(&path, raw), PATH_OK);
    raw[1 + SEGMENT_BYTES] = 'a';
    raw[2 + SEGMENT_BYTES] = '\0';
    assert_int_equal(path_split(&path, raw), PATH_UNKNOWN);
    raw[2 + SEGMENT_BYTES] = 'a';
    raw[sizeof raw - 1] = '\0';
    assert_int_equal(path_split(&path, raw), PATH_UNKNOWN);
    for (size_t i = 1; i + 1 < sizeof raw; i += 100) raw[i] = '/'; /* many segments, each short enough */
    assert_int_equal(path_split(&path, raw), PATH_UNKNOWN);
}

static enum match_verdict find(const char *raw, const char *method, struct match *m, struct path *path) {
    assert_int_equal(path_split(path, raw), PATH_OK);
    return route_find(table, N, path, method_parse(method), m);
}

static void test_routes(void **state) {
    (void)state;
    static const struct {
        const char *method, *raw, *pattern; /* NULL: unknown path; "": wrong method */
    } cases[] = {
        {"GET", "/api/things", "/api/things"},
        {"HEAD", "/api/things", "/api/things"},
        {"POST", "/api/things", "/api/things"},
        {"PUT", "/api/things", ""},
        {"GET", "/api/things/7", "/api/things/:id"},
        {"POST", "/api/things/lookup", "/api/things/lookup"},
        {"GET", "/api/things/lookup", ""}, /* the literal owns the path */
        {"GET", "/api/things/", NULL},
        {"GET", "/api/things/7/", NULL},
        {"GET", "/api/Things", NULL},
        {"GET", "/api/thingsx", NULL},
        {"GET", "/api/thing", NULL},
        {"GET", "/api", NULL}, /* the rest may be empty */
        {"GET", "/api/", NULL},
        {"DELETE", "/api/things/7/parts/8", "/api/things/:id/parts/:part"},
        {"TRACE", "/api/things", ""},
        {"get", "/api/things", ""},
        {"GET", "/", "/"},
        {"GET", "/aaa/", "/*"},
        {"GET", "/aaa/order", "/*"},
        {"POST", "/aaa/order", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct path path;
        struct match m;
        enum match_verdict v = find(cases[i].raw, cases[i].method, &m, &path);
        enum match_verdict wanted = cases[i].pattern == NULL    ? MATCH_UNKNOWN
                                    : *cases[i].pattern == '\0' ? MATCH_WRONG_METHOD
                                                                : MATCH_FOUND;
        if (v != wanted) fail_msg("%s %s: %d", cases[i].method, cases[i].raw, v);
        if (v == MATCH_FOUND) assert_string_equal(m.route->pattern, cases[i].pattern);
    }
}

static void test_parameters_and_allow(void **state) {
    (void)state;
    struct path path;
    struct match m;
    assert_int_equal(find("/api/things/%ED%99%8D/parts/8", "DELETE", &m, &path), MATCH_FOUND);
    assert_int_equal(m.n_params, 2);
    assert_string_equal(m.params[0].name, "id");
    assert_string_equal(m.params[0].value, "홍");
    assert_string_equal(m.params[1].name, "part");
    assert_string_equal(m.params[1].value, "8");

    char allow[64];
    assert_int_equal(find("/api/things/7", "DELETE", &m, &path), MATCH_WRONG_METHOD);
    methods_write(m.allow, allow, sizeof allow);
    assert_string_equal(allow, "GET, HEAD, PUT, OPTIONS");
    assert_int_equal(find("/api/things/lookup", "OPTIONS", &m, &path), MATCH_WRONG_METHOD);
    methods_write(m.allow, allow, sizeof allow);
    assert_string_equal(allow, "POST, OPTIONS");
}

static void test_the_largest_path_fits_with_its_parameters(void **state) {
    (void)state;
    char raw[PATH_BYTES + 1], x[SEGMENT_BYTES + 1] = "", y[SEGMENT_BYTES + 1] = "";
    struct path path;
    struct match m;
    memset(x, 'x', SEGMENT_BYTES);
    memset(y, 'y', SEGMENT_BYTES);
    snprintf(raw, sizeof raw, "/api/things/%s/parts/%s", x, y);
    assert_int_equal(find(raw, "DELETE", &m, &path), MATCH_FOUND);
    assert_int_equal(strlen(m.params[0].value), SEGMENT_BYTES);
    assert_int_equal(strlen(m.params[1].value), SEGMENT_BYTES);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths_that_are_fine),  cmocka_unit_test(test_paths_that_are_refused),
        cmocka_unit_test(test_long_paths),           cmocka_unit_test(test_routes),
        cmocka_unit_test(test_parameters_and_allow), cmocka_unit_test(test_the_largest_path_fits_with_its_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

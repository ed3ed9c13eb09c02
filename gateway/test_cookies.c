/* What is read from a Cookie header, what a browser is told to keep, and which pages are ours. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "common/arena.h"
#include "common/crypto.h"
#include "common/jwt.h"
#include "cookies.h"

static struct arena *arena;

static int setup(void **state) {
    *state = arena = arena_new(64 * 1024);
    return arena != NULL ? 0 : -1;
}

static int teardown(void **state) {
    (void)state;
    arena_free(&arena);
    return 0;
}

static void test_reading(void **state) {
    (void)state;
    static const struct {
        const char *header, *value; /* NULL: there is none */
    } rows[] = {
        {NULL, NULL},
        {"", NULL},
        {"access_token=a.b-c_d", "a.b-c_d"},
        {"x=1; access_token=t; y=2", "t"},
        {"x=1;access_token=t;y=2", "t"},
        {" \taccess_token=", ""},
        {"access_token=a=b==", "a=b=="},
        {"access_token=first; access_token=second", "first"},
        {"access_token", NULL},
        {"xaccess_token=t", NULL},
        {"access_tokens=t", NULL},
        {"x=access_token=t", NULL},
        {"Access_Token=t", NULL},
        {";;; ;", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *got = cookie_get(arena, rows[i].header, COOKIE_ACCESS);
        if ((got == NULL) != (rows[i].value == NULL) || (got != NULL && strcmp(got, rows[i].value) != 0))
            fail_msg("%s → %s", rows[i].header, got != NULL ? got : "nothing");
    }
}

static void test_setting(void **state) {
    (void)state;
    static const struct {
        enum cookie which;
        const char *value;
        int64_t max_age;
        bool secure;
        const char *line;
    } rows[] = {
        {COOKIE_ACCESS, "t", 1800, false, "access_token=t; Path=/api; Max-Age=1800; SameSite=Strict; HttpOnly"},
        {COOKIE_REFRESH, "r", 7, true,
         "refresh_token=r; Path=/api/admin; Max-Age=7; SameSite=Strict; HttpOnly; Secure"},
        {COOKIE_CSRF, "c", 7, true, "csrf_token=c; Path=/; Max-Age=7; SameSite=Strict; Secure"},
        {COOKIE_CSRF, "", 0, false, "csrf_token=; Path=/; Max-Age=0; SameSite=Strict"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct strbuf line;
        strbuf_init(&line, arena, 1024);
        cookie_set(&line, rows[i].which, rows[i].value, rows[i].max_age, rows[i].secure);
        assert_string_equal(line.data, rows[i].line);
    }
}

static void test_the_longest_token_fits(void **state) {
    (void)state;
    char token[JWT_MAX + 1];
    struct strbuf line;
    memset(token, 'x', JWT_MAX);
    token[JWT_MAX] = '\0';
    strbuf_init(&line, arena, COOKIE_MAX);
    cookie_set(&line, COOKIE_ACCESS, token, INT32_MAX, true);
    assert_true(strbuf_ok(&line));
}

static void test_csrf_token_is_of_one_session_and_key(void **state) {
    (void)state;
    struct hmac_key *key = hmac_key_new("key", 3), *other = hmac_key_new("yek", 3);
    char token[CSRF_TEXT], cut[CSRF_TEXT];
    csrf_make(key, "session", token);
    assert_int_equal(strlen(token), CSRF_TEXT - 1);
    assert_true(csrf_holds(key, "session", token));
    assert_false(csrf_holds(key, "session2", token));
    assert_false(csrf_holds(key, "", token));
    assert_false(csrf_holds(other, "session", token));
    assert_false(csrf_holds(key, "session", NULL));
    assert_false(csrf_holds(key, "session", ""));
    memcpy(cut, token, sizeof cut);
    cut[CSRF_TEXT - 2] = '\0';
    assert_false(csrf_holds(key, "session", cut));
    token[0] = token[0] == 'A' ? 'B' : 'A';
    assert_false(csrf_holds(key, "session", token));
    hmac_key_free(&key);
    hmac_key_free(&other);
}

static void test_own_origins(void **state) {
    (void)state;
    static const char site[] = "https://tickets.example:8443/shop/", others[] = "https://a.example,https://b.example";
    static const struct {
        const char *origin, *host;
        bool https, own;
    } rows[] = {
        {"http://127.0.0.1:8080", "127.0.0.1:8080", false, true},
        {"https://127.0.0.1:8080", "127.0.0.1:8080", false, true},
        {"https://host", "host", true, true},
        {"http://host", "host", true, false}, /* whoever sits between could have made that page */
        {"http://127.0.0.1:8081", "127.0.0.1:8080", false, false},
        {"http://127.0.0.1", "127.0.0.1:8080", false, false},
        {"http://host.evil.example", "host", false, false},
        {"http://evil.example/host", "host", false, false},
        {"ftp://host", "host", false, false},
        {"host", "host", false, false},
        {"null", "host", false, false},
        {"", "host", false, false},
        {"", "", false, false},
        {"http://", "", false, false},
        {"http://host", NULL, false, false},
        {"https://tickets.example:8443", "inside", true, true},
        {"https://tickets.example:8443/shop", "inside", true, false},
        {"https://tickets.example", "inside", true, false},
        {"http://tickets.example:8443", "inside", true, false},
        {"https://b.example", "inside", true, true},
        {"https://b.example.evil", "inside", true, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (origin_is_own(rows[i].origin, rows[i].host, rows[i].https, site, others) != rows[i].own)
            fail_msg("%s at %s", rows[i].origin, rows[i].host);
    assert_false(origin_is_own("", "host", false, "", ""));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_reading, setup, teardown),
        cmocka_unit_test_setup_teardown(test_setting, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_longest_token_fits, setup, teardown),
        cmocka_unit_test(test_csrf_token_is_of_one_session_and_key),
        cmocka_unit_test(test_own_origins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "session.h"

#define NOW 1800000000000
#define HOUR (3600 * 1000LL)
#define KEY "secret-of-the-refresh-tokens-0123"

static const struct session_limits limits = {.idle_ms = 12 * HOUR, .max_ms = 7 * 24 * HOUR};
static const struct session running = {
    .user_id = 1,
    .version = 1,
    .generation = 7,
    .refresh_key = "k7",
    .created_ms = NOW - HOUR,
    .used_ms = NOW,
};

static void a_generation_is_used_once(void **state) {
    static const struct {
        int64_t generation;
        const char *key;
        enum session_verdict verdict;
    } rows[] = {
        {7, NULL, SESSION_NEXT},      {7, "k7", SESSION_NEXT},   {6, "k7", SESSION_REPEAT},
        {6, "other", SESSION_REUSED}, {6, NULL, SESSION_REUSED}, {5, "k7", SESSION_REUSED},
        {1, NULL, SESSION_REUSED},    {8, NULL, SESSION_OVER},   {8, "k7", SESSION_OVER},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(session_judge(&running, &limits, rows[i].generation, rows[i].key, NOW + 1), rows[i].verdict);
    struct session without_key = running;
    without_key.refresh_key = NULL;
    assert_int_equal(session_judge(&without_key, &limits, 6, NULL, NOW), SESSION_REUSED);
    assert_int_equal(session_judge(&without_key, &limits, 6, "k7", NOW), SESSION_REUSED);
}

static void a_session_ends_by_itself(void **state) {
    struct session s = running;
    (void)state;
    assert_int_equal(session_judge(&s, &limits, 7, NULL, NOW + 12 * HOUR - 1), SESSION_NEXT);
    assert_int_equal(session_judge(&s, &limits, 7, NULL, NOW + 12 * HOUR), SESSION_OVER);
    assert_int_equal(session_judge(&s, &limits, 6, NULL, NOW + 12 * HOUR), SESSION_OVER);
    s.used_ms = s.created_ms + limits.max_ms - 1;
    assert_int_equal(session_until(&s, &limits), s.created_ms + limits.max_ms);
    assert_int_equal(session_judge(&s, &limits, 7, NULL, s.created_ms + limits.max_ms), SESSION_OVER);
    s = running;
    s.ended_ms = NOW;
    assert_int_equal(session_judge(&s, &limits, 7, NULL, NOW), SESSION_OVER);
    s = running;
    s.user_id = 0;
    assert_int_equal(session_judge(&s, &limits, 7, NULL, NOW), SESSION_OVER);
}

static void a_token_is_read_back_by_its_key_alone(void **state) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    struct hmac_key *key = hmac_key_new(KEY, strlen(KEY)), *other = hmac_key_new(KEY "x", strlen(KEY) + 1);
    char id[SESSION_ID_LEN + 1], found[SESSION_ID_LEN + 1], token[REFRESH_TOKEN_LEN + 2];
    int64_t generation;
    (void)state;
    session_id_make(id);
    assert_int_equal(strlen(id), SESSION_ID_LEN);
    assert_true(session_token_make(key, id, INT64_C(1) << 40, token));
    assert_int_equal(strlen(token), REFRESH_TOKEN_LEN);
    assert_true(session_token_read(key, token, found, &generation));
    assert_string_equal(found, id);
    assert_int_equal(generation, INT64_C(1) << 40);
    assert_false(session_token_read(other, token, found, &generation));
    for (size_t i = 0; i < REFRESH_TOKEN_LEN; i++) { /* no letter of it may be another */
        char was = token[i];
        token[i] = letters[(size_t)(strchr(letters, was) - letters + 4) % 64];
        assert_false(session_token_read(key, token, found, &generation));
        token[i] = was;
    }
    memcpy(token + REFRESH_TOKEN_LEN, "A", 2);
    assert_false(session_token_read(key, token, found, &generation));
    token[REFRESH_TOKEN_LEN - 1] = '\0';
    assert_false(session_token_read(key, token, found, &generation));
    assert_false(session_token_read(key, "", found, &generation));
    assert_false(session_token_make(key, "short", 1, token));
    hmac_key_free(&key);
    hmac_key_free(&other);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_generation_is_used_once),
        cmocka_unit_test(a_session_ends_by_itself),
        cmocka_unit_test(a_token_is_read_back_by_its_key_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

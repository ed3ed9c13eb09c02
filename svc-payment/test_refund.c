#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/arena.h"
#include "common/json.h"
#include "refund.h"

#define ID "0123456789abcdef0123456789abcdef"
#define OTHER "fedcba9876543210fedcba9876543210"

static struct arena *arena;

static void ids_are_random(void **state) {
    (void)state;
    char a[REFUND_ID_LEN + 1], b[REFUND_ID_LEN + 1];
    refund_new_id(a);
    refund_new_id(b);
    assert_int_equal(strlen(a), REFUND_ID_LEN);
    assert_int_equal(strspn(a, "0123456789abcdef"), REFUND_ID_LEN);
    assert_string_not_equal(a, b);
}

static size_t characters(const char *s) {
    size_t n = 0;
    for (; *s != '\0'; s++) n += ((unsigned char)*s & 0xC0) != 0x80;
    return n;
}

/* Toss takes 200 characters; the id at the end is never what is cut. */
static void the_reason_that_the_provider_keeps(void **state) {
    (void)state;
    struct refund r = {.refund_id = ID, .reason = "단순 변심"};
    assert_string_equal(refund_reason(arena, &r), "단순 변심 [" ID "]");
    char longest[200 * 3 + 1];
    for (size_t i = 0; i < 200; i++) memcpy(longest + 3 * i, "가", 4);
    r.reason = longest;
    const char *reason = refund_reason(arena, &r);
    assert_int_equal(characters(reason), 200);
    assert_true(utf8_valid(reason, strlen(reason)));
    assert_string_equal(reason + strlen(reason) - REFUND_ID_LEN - 3, " [" ID "]");
    longest[165 * 3] = '\0';
    assert_int_equal(characters(refund_reason(arena, &r)), 200);
    assert_non_null(strstr(refund_reason(arena, &r), longest));
}

static void ours_among_the_cancels(void **state) {
    (void)state;
    const struct refund r = {.refund_id = ID};
    struct money_cancel cancels[] = {
        {.transaction_key = "t1", .reason = "x [" OTHER "]"},
        {.transaction_key = "t2", .reason = "[" ID "] then something"},
        {.transaction_key = "t3", .reason = NULL},
        {.transaction_key = "t4", .reason = "[" ID},
        {.transaction_key = "t5", .reason = ""},
        {.transaction_key = "t6", .reason = "x [" ID "]"},
    };
    struct money money = {.cancels = cancels, .n_cancels = 6};
    assert_string_equal(refund_among(&r, &money)->transaction_key, "t6");
    money.n_cancels = 5;
    assert_null(refund_among(&r, &money));
    money.n_cancels = 0;
    assert_null(refund_among(&r, &money));
    cancels[0].reason = "[" ID "]"; /* nothing before it */
    money.n_cancels = 1;
    assert_string_equal(refund_among(&r, &money)->transaction_key, "t1");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_random),
        cmocka_unit_test(the_reason_that_the_provider_keeps),
        cmocka_unit_test(ours_among_the_cancels),
    };
    arena = arena_new(4 << 20);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(&arena);
    return failed;
}

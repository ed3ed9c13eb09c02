#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "attempt.h"
#include "common/arena.h"

static void fence_ids_differ_and_lead_back(void **state) {
    struct attempt at = {.attempt_id = "TABC"};
    char id[FENCE_ID_MAX + 1], back[ATTEMPT_ID_MAX + 1];
    (void)state;
    attempt_fence_id(&at, id);
    assert_string_equal(id, "TABC");
    at.fence = 2;
    attempt_fence_id(&at, id);
    assert_string_equal(id, "TABC.2");
    attempt_id_of(id, back);
    assert_string_equal(back, "TABC");
    attempt_id_of("TABC", back);
    assert_string_equal(back, "TABC");
}

static void ids_are_random_and_fit_the_provider(void **state) {
    char one[ATTEMPT_ID_MAX + 1], other[ATTEMPT_ID_MAX + 1];
    (void)state;
    attempt_new_id(one);
    attempt_new_id(other);
    assert_string_not_equal(one, other);
    assert_int_equal(strlen(one), 25);
    assert_int_equal(strspn(one, "0123456789ABCDEFGHJKMNPQRSTVWXYZ"), 25);
    attempt_free_id("ORD20261123ABCDEFGHJK", one);
    assert_string_equal(one, "FORD20261123ABCDEFGHJK");
}

static void learns_what_is_said_and_keeps_the_rest(void **state) {
    struct arena *a = arena_new(65536);
    struct attempt at = {.attempt_id = "T1", .method = "card", .payment_key = "pk", .balance = 7, .fence = 1};
    struct money m = {.state = MONEY_WAITING_FOR_DEPOSIT,
                      .method = "virtual_account",
                      .secret = "ps_secret",
                      .total = 1000,
                      .balance = 1000,
                      .account = {.bank = "88", .number = "X123", .holder = "Kim", .due_ms = 5000}};
    (void)state;
    attempt_learn(a, &at, &m);
    assert_string_equal(at.method, "virtual_account");
    assert_string_equal(at.payment_key, "pk");
    assert_string_equal(at.bank, "88");
    assert_string_equal(at.account_number, "X123");
    assert_int_equal(at.account_due_ms, 5000);
    assert_int_equal(at.balance, 7); /* ours to keep */
    assert_int_equal(at.fence, 1);
    assert_int_equal(strlen(at.secret_hash), SECRET_HASH_LEN);
    assert_null(strstr(at.secret_hash, "ps_secret"));

    const char *hash = at.secret_hash;
    struct money quiet = {.state = MONEY_DONE, .approved_ms = 9000, .transaction_key = "tx"};
    attempt_learn(a, &at, &quiet);
    assert_string_equal(at.method, "virtual_account");
    assert_string_equal(at.account_number, "X123");
    assert_string_equal(at.secret_hash, hash);
    assert_int_equal(at.approved_ms, 9000);
    assert_string_equal(at.transaction_key, "tx");

    char direct[SECRET_HASH_LEN + 1];
    attempt_secret_hash("ps_secret", direct);
    assert_string_equal(direct, hash);
    arena_free(&a);
}

static void settled_states(void **state) {
    static const struct {
        const char *state;
        bool settled;
    } rows[] = {{"opening", false}, {"ready", false},     {"beginning", false}, {"sent", false},    {"captured", false},
                {"issued", false},  {"waiting", true},    {"closing", false},   {"refused", false}, {"failed", true},
                {"paid", true},     {"reversing", false}, {"returning", true},  {"returned", true}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct attempt at = {.amount = 1};
        memcpy(at.saga.state, rows[i].state, strlen(rows[i].state) + 1);
        if (attempt_settled(&at) != rows[i].settled) fail_msg("%s", rows[i].state);
        assert_true(attempt_is(&at, rows[i].state));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fence_ids_differ_and_lead_back),
        cmocka_unit_test(ids_are_random_and_fit_the_provider),
        cmocka_unit_test(learns_what_is_said_and_keeps_the_rest),
        cmocka_unit_test(settled_states),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

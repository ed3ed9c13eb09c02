#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "webhook.h"

static struct attempt attempt_in(const char *state) {
    struct attempt at = {.attempt_id = "T1"};
    memcpy(at.saga.state, state, strlen(state) + 1);
    return at;
}

static enum verdict judge(const char *state, enum money_state said) {
    const struct attempt at = attempt_in(state);
    const struct notice n = {.event = "PAYMENT_STATUS_CHANGED", .order_id = "T1", .state = said};
    return webhook_judge(&n, &at);
}

static void news_is_looked_at(void **state) {
    (void)state;
    assert_int_equal(judge("paid", MONEY_CANCELED), VERDICT_LOOK);
    assert_int_equal(judge("paid", MONEY_PARTIAL_CANCELED), VERDICT_LOOK);
    assert_int_equal(judge("paid", MONEY_WAITING_FOR_DEPOSIT), VERDICT_LOOK);
    assert_int_equal(judge("failed", MONEY_DONE), VERDICT_LOOK);
    assert_int_equal(judge("captured", MONEY_CANCELED), VERDICT_LOOK);
    assert_int_equal(judge("paid", MONEY_UNKNOWN), VERDICT_LOOK);
    assert_int_equal(judge("waiting", MONEY_CANCELED), VERDICT_LOOK);
    assert_int_equal(judge("waiting", MONEY_DONE), VERDICT_LOOK);
}

static void what_is_known_is_not(void **state) {
    (void)state;
    assert_int_equal(judge("paid", MONEY_DONE), VERDICT_KNOWN);
    assert_int_equal(judge("waiting", MONEY_WAITING_FOR_DEPOSIT), VERDICT_KNOWN);
    assert_int_equal(judge("failed", MONEY_ABORTED), VERDICT_KNOWN);
    assert_int_equal(judge("returned", MONEY_CANCELED), VERDICT_KNOWN);
    assert_int_equal(judge("ready", MONEY_DONE), VERDICT_KNOWN); /* forged: no money moves before our confirm */
    assert_int_equal(judge("opening", MONEY_CANCELED), VERDICT_KNOWN);
}

static void what_is_expected_wakes(void **state) {
    (void)state;
    assert_int_equal(judge("sent", MONEY_DONE), VERDICT_WAKE);
    assert_string_equal(webhook_verdict_name(VERDICT_WAKE), "look");
}

static void secrets_are_compared_where_there_is_one(void **state) {
    struct attempt at = attempt_in("waiting");
    char hash[SECRET_HASH_LEN + 1];
    struct notice n = {.order_id = "T1", .state = MONEY_DONE, .secret = "ps_right"};
    (void)state;
    assert_int_equal(webhook_judge(&n, &at), VERDICT_LOOK); /* none is known to us */
    attempt_secret_hash("ps_right", hash);
    at.secret_hash = hash;
    assert_int_equal(webhook_judge(&n, &at), VERDICT_LOOK);
    n.secret = "ps_wrong";
    assert_int_equal(webhook_judge(&n, &at), VERDICT_WRONG_SECRET);
    n.secret = NULL;
    assert_int_equal(webhook_judge(&n, &at), VERDICT_LOOK);
}

static void foreign_and_other_events(void **state) {
    const struct notice foreign = {.order_id = "other", .state = MONEY_DONE}, other = {.event = "BILLING_DELETED"};
    const struct attempt at = attempt_in("paid");
    (void)state;
    assert_int_equal(webhook_judge(&foreign, NULL), VERDICT_FOREIGN);
    assert_int_equal(webhook_judge(&other, NULL), VERDICT_IGNORED);
    assert_int_equal(webhook_judge(&other, &at), VERDICT_IGNORED);
    assert_string_equal(webhook_state_name(MONEY_PARTIAL_CANCELED), "PARTIAL_CANCELED");
    assert_null(webhook_state_name(MONEY_UNKNOWN));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(news_is_looked_at),        cmocka_unit_test(what_is_known_is_not),
        cmocka_unit_test(what_is_expected_wakes),   cmocka_unit_test(secrets_are_compared_where_there_is_one),
        cmocka_unit_test(foreign_and_other_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

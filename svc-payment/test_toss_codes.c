#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "toss_codes.h"

#define COUNT(list) (sizeof(list) / sizeof *(list))

static void the_table_is_in_order(void **state) {
    (void)state;
    for (size_t i = 0; i < toss_n_codes; i++) {
        const struct toss_code *row = &toss_codes[i], *next = row + 1;
        assert_true(row->calls != 0 && row->calls < 1u << TOSS_N_CALLS);
        assert_int_not_equal(row->verdict.outcome, CALL_DONE);
        if (i + 1 == toss_n_codes) break;
        int order = strcmp(row->code, next->code);
        if (order > 0) fail_msg("%s stands before %s", row->code, next->code);
        if (order == 0 && (row->calls & next->calls) != 0) fail_msg("%s is there twice for one call", row->code);
    }
}

/* Every row is found, by the calls it is for. */
static void every_row_is_found(void **state) {
    (void)state;
    for (size_t i = 0; i < toss_n_codes; i++)
        for (int call = 0; call < TOSS_N_CALLS; call++) {
            if ((toss_codes[i].calls & 1u << call) == 0) continue;
            struct toss_verdict v = toss_judge((enum toss_call)call, 400, toss_codes[i].code);
            assert_int_equal(v.outcome, toss_codes[i].verdict.outcome);
            assert_int_equal(v.refusal, toss_codes[i].verdict.refusal);
        }
}

static void reading_executes_nothing(void **state) {
    (void)state;
    for (size_t i = 0; i < toss_n_codes; i++)
        for (int status = 200; status < 600; status++) {
            enum call_outcome get = toss_judge(TOSS_GET, status, toss_codes[i].code).outcome;
            enum call_outcome list = toss_judge(TOSS_LIST, status, toss_codes[i].code).outcome;
            bool not_found = strncmp(toss_codes[i].code, "NOT_FOUND", 9) == 0;
            assert_true(get == CALL_RETRY || (get == CALL_REFUSED && not_found));
            assert_int_equal(list, CALL_RETRY);
        }
    for (int transport = HTTP_ANSWERED; transport <= HTTP_TOO_LARGE; transport++) {
        assert_int_equal(toss_unanswered(TOSS_GET, (enum http_transport)transport), CALL_RETRY);
        assert_int_equal(toss_unanswered(TOSS_LIST, (enum http_transport)transport), CALL_RETRY);
    }
}

static void what_codes_mean(void **state) {
    (void)state;
    static const struct {
        enum toss_call call;
        int status;
        const char *code;
        enum call_outcome outcome;
        enum refusal refusal;
    } cases[] = {
        /* money may have moved: the code says "already", "temporary" or "internal" */
        {TOSS_CONFIRM, 400, "ALREADY_PROCESSED_PAYMENT", CALL_UNKNOWN, 0},
        {TOSS_CONFIRM, 400, "PROVIDER_ERROR", CALL_UNKNOWN, 0},
        {TOSS_CONFIRM, 500, "FAILED_PAYMENT_INTERNAL_SYSTEM_PROCESSING", CALL_UNKNOWN, 0},
        {TOSS_CONFIRM, 500, "FAILED_INTERNAL_SYSTEM_PROCESSING", CALL_UNKNOWN, 0},
        {TOSS_CONFIRM, 500, "UNKNOWN_PAYMENT_ERROR", CALL_UNKNOWN, 0},
        {TOSS_CANCEL, 400, "ALREADY_CANCELED_PAYMENT", CALL_UNKNOWN, 0},
        {TOSS_CANCEL, 400, "ALREADY_REFUND_PAYMENT", CALL_UNKNOWN, 0},
        {TOSS_CANCEL, 400, "PROVIDER_ERROR", CALL_UNKNOWN, 0},
        {TOSS_CANCEL, 403, "FORBIDDEN_CONSECUTIVE_REQUEST", CALL_UNKNOWN, 0},
        {TOSS_CANCEL, 500, "FAILED_REFUND_PROCESS", CALL_UNKNOWN, 0},
        {TOSS_CANCEL, 500, "COMMON_ERROR", CALL_UNKNOWN, 0},
        {TOSS_OPEN, 400, "DUPLICATED_ORDER_ID", CALL_UNKNOWN, 0},
        {TOSS_CONFIRM, 401, "UNAUTHORIZED_KEY", CALL_UNKNOWN, REFUSAL_SHOP}, /* says nothing about the payment */
        {TOSS_CANCEL, 400, "INVALID_API_KEY", CALL_UNKNOWN, REFUSAL_SHOP},
        /* a definite no */
        {TOSS_CONFIRM, 403, "REJECT_CARD_PAYMENT", CALL_REFUSED, REFUSAL_BUYER},
        {TOSS_CONFIRM, 404, "NOT_FOUND_PAYMENT_SESSION", CALL_REFUSED, REFUSAL_FINAL},
        {TOSS_CONFIRM, 400, "INVALID_REQUEST", CALL_REFUSED, REFUSAL_SHOP},
        {TOSS_CANCEL, 400, "NOT_MATCHES_REFUNDABLE_AMOUNT", CALL_REFUSED, REFUSAL_LATER},
        {TOSS_CANCEL, 403, "NOT_CANCELABLE_AMOUNT", CALL_REFUSED, REFUSAL_FINAL},
        {TOSS_CANCEL, 403, "NOT_AVAILABLE_BANK", CALL_REFUSED, REFUSAL_LATER},
        {TOSS_CANCEL, 400, "INVALID_REFUND_ACCOUNT_NUMBER", CALL_REFUSED, REFUSAL_BUYER},
        {TOSS_CANCEL, 400, "FORBIDDEN_BANK_REFUND_REQUEST", CALL_REFUSED, REFUSAL_BUYER},
        {TOSS_CONFIRM, 403, "NOT_AVAILABLE_BANK", CALL_REFUSED, REFUSAL_BUYER},
        {TOSS_OPEN, 400, "INVALID_SUCCESS_URL", CALL_REFUSED, REFUSAL_SHOP},
        {TOSS_GET, 404, "NOT_FOUND_PAYMENT", CALL_REFUSED, REFUSAL_FINAL},
        {TOSS_GET, 404, "NOT_FOUND", CALL_REFUSED, REFUSAL_FINAL},
        /* not now */
        {TOSS_CONFIRM, 409, "IDEMPOTENT_REQUEST_PROCESSING", CALL_RETRY, 0},
        {TOSS_CANCEL, 409, "IDEMPOTENT_REQUEST_PROCESSING", CALL_RETRY, 0},
        {TOSS_CONFIRM, 429, NULL, CALL_RETRY, 0},
        {TOSS_CANCEL, 429, "SOMETHING_NEW", CALL_RETRY, 0},
        {TOSS_GET, 401, "UNAUTHORIZED_KEY", CALL_RETRY, 0}, /* says nothing about the payment */
        {TOSS_GET, 403, "FORBIDDEN_CONSECUTIVE_REQUEST", CALL_RETRY, 0},
        {TOSS_GET, 404, NULL, CALL_RETRY, 0}, /* some proxy's page, not Toss's word */
        /* codes nobody knows, or that are not known of this call */
        {TOSS_CONFIRM, 400, "SOMETHING_NEW", CALL_UNKNOWN, 0},
        {TOSS_CONFIRM, 403, "NOT_CANCELABLE_PAYMENT", CALL_UNKNOWN, 0},
        {TOSS_CONFIRM, 404, NULL, CALL_UNKNOWN, 0},
        {TOSS_CONFIRM, 503, "SOMETHING_NEW", CALL_UNKNOWN, 0},
        {TOSS_CANCEL, 400, "SOMETHING_NEW", CALL_UNKNOWN, 0},
        {TOSS_CANCEL, 403, "REJECT_CARD_PAYMENT", CALL_UNKNOWN, 0},
        {TOSS_OPEN, 400, "SOMETHING_NEW", CALL_REFUSED, REFUSAL_SHOP}, /* no money moves by it */
        {TOSS_OPEN, 403, NULL, CALL_UNKNOWN, 0},
        {TOSS_OPEN, 502, "SOMETHING_NEW", CALL_UNKNOWN, 0},
        {TOSS_CONFIRM, 302, NULL, CALL_UNKNOWN, 0},
        {TOSS_CONFIRM, 400, "", CALL_UNKNOWN, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct toss_verdict v = toss_judge(cases[i].call, cases[i].status, cases[i].code);
        if (v.outcome != cases[i].outcome || v.refusal != cases[i].refusal)
            fail_msg("case %zu: %d %d", i, (int)v.outcome, (int)v.refusal);
    }
}

/* No status together with a code nobody knows may let money be taken for refused. */
static void what_is_new_proves_nothing(void **state) {
    (void)state;
    for (int status = 100; status < 1000; status++) {
        assert_true(toss_judge(TOSS_CONFIRM, status, "SOMETHING_NEW").outcome >= CALL_RETRY);
        assert_true(toss_judge(TOSS_CANCEL, status, "SOMETHING_NEW").outcome >= CALL_RETRY);
        assert_true(toss_judge(TOSS_CONFIRM, status, NULL).outcome >= CALL_RETRY);
        assert_true(toss_judge(TOSS_CANCEL, status, NULL).outcome >= CALL_RETRY);
    }
}

static void calls_without_an_answer(void **state) {
    (void)state;
    static const enum toss_call posts[] = {TOSS_OPEN, TOSS_CONFIRM, TOSS_CANCEL};
    for (size_t i = 0; i < COUNT(posts); i++) {
        assert_int_equal(toss_unanswered(posts[i], HTTP_NOT_SENT), CALL_RETRY);
        assert_int_equal(toss_unanswered(posts[i], HTTP_UNKNOWN), CALL_UNKNOWN);
        assert_int_equal(toss_unanswered(posts[i], HTTP_TOO_LARGE), CALL_UNKNOWN);
        assert_int_equal(toss_unanswered(posts[i], HTTP_ANSWERED), CALL_UNKNOWN);
    }
}

static void trouble_is_told_by_the_status(void **state) {
    (void)state;
    assert_true(toss_is_well(200));
    assert_true(toss_is_well(400));
    assert_true(toss_is_well(409));
    assert_false(toss_is_well(429));
    assert_false(toss_is_well(500));
    assert_false(toss_is_well(503));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_in_order),         cmocka_unit_test(every_row_is_found),
        cmocka_unit_test(reading_executes_nothing),      cmocka_unit_test(what_codes_mean),
        cmocka_unit_test(what_is_new_proves_nothing),    cmocka_unit_test(calls_without_an_answer),
        cmocka_unit_test(trouble_is_told_by_the_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

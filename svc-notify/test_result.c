/* Tables of results and codes: nothing may be both tried again and given up, and nothing unknown may be either. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "kakao_codes.h"
#include "kakaoi_codes.h"
#include "nhn_codes.h"
#include "result.h"

#define COUNT(list) (sizeof(list) / sizeof *(list))

static enum submit_outcome outcome_of(enum result r) {
    struct outgoing m = {0};
    result_put(&m, r, NULL);
    assert_int_equal(m.result, r);
    return m.outcome;
}

static void every_result_has_a_name_of_its_own(void **state) {
    (void)state;
    for (enum result r = 0; r < RESULT_COUNT; r++) {
        assert_non_null(result_name(r));
        for (enum result other = 0; other < r; other++) assert_string_not_equal(result_name(r), result_name(other));
    }
}

/* What a submit with this result leads to must agree with what the result calls for. */
static void outcome_and_class_agree(void **state) {
    (void)state;
    static const enum submit_outcome fitting[] = {
        [RESULT_IS_PASSING] = SUBMIT_RETRY,        [RESULT_NEEDS_TEMPLATE] = SUBMIT_REJECTED,
        [RESULT_NEEDS_PROVIDER] = SUBMIT_REJECTED, [RESULT_DROPS_FALLBACK] = SUBMIT_REJECTED,
        [RESULT_NEEDS_LOOK_UP] = SUBMIT_UNKNOWN,   [RESULT_IS_LOST] = SUBMIT_UNKNOWN,
        [RESULT_IS_GOOD] = SUBMIT_ACCEPTED,
    };
    for (enum result r = 0; r < RESULT_COUNT; r++) {
        enum result_class class = result_class(r);
        bool retried = outcome_of(r) == SUBMIT_RETRY;
        assert_int_equal(retried, class == RESULT_IS_PASSING);
        if (class != RESULT_IS_OPEN && class != RESULT_IS_FINAL) assert_int_equal(outcome_of(r), fitting[class]);
        if (class == RESULT_IS_FINAL && r != RESULT_FALLBACK_FAILED) assert_int_equal(outcome_of(r), SUBMIT_REJECTED);
    }
    assert_int_equal(outcome_of(RESULT_NONE), SUBMIT_UNKNOWN);
}

static void a_look_up_settles_only_what_is_not_there(void **state) {
    (void)state;
    for (enum result r = 0; r < RESULT_COUNT; r++) {
        struct outgoing m = {0};
        result_put_asked(&m, r, "X");
        assert_int_equal(m.outcome, r == RESULT_NOT_FOUND ? SUBMIT_REJECTED : SUBMIT_RETRY);
        assert_int_equal(m.result, r);
        assert_string_equal(m.code, "X");
    }
}

/* ---- ranges ---- */
static void ranges_are_in_order(void **state) {
    (void)state;
    const struct {
        const struct code_range *rows;
        size_t n;
    } tables[] = {{nhn_api_codes, nhn_n_api_codes}, {kakao_codes, kakao_n_codes}};
    for (size_t t = 0; t < COUNT(tables); t++)
        for (size_t i = 0; i < tables[t].n; i++) {
            const struct code_range *row = &tables[t].rows[i];
            assert_true(row->from <= row->to);
            if (i > 0 && row->from <= row[-1].to) fail_msg("table %zu: %d is not above %d", t, row->from, row[-1].to);
        }
}

/* ---- NHN: reference, tables of API codes and delivery codes ---- */
static void codes_of_the_nhn_api(void **state) {
    (void)state;
    static const struct {
        int code;
        enum result result;
        enum submit_outcome outcome;
    } cases[] = {
        {4, RESULT_REJECTED, SUBMIT_REJECTED},
        {-2000, RESULT_REJECTED, SUBMIT_REJECTED},
        {-2005, RESULT_REJECTED, SUBMIT_REJECTED},
        {-3002, RESULT_REJECTED, SUBMIT_REJECTED},
        {-9997, RESULT_REJECTED, SUBMIT_REJECTED},
        {-1000, RESULT_AUTH, SUBMIT_REJECTED},
        {-1001, RESULT_AUTH, SUBMIT_REJECTED},
        {-4004, RESULT_AUTH, SUBMIT_REJECTED},
        {-1030, RESULT_AUTH, SUBMIT_REJECTED},
        {-1003, RESULT_FALLBACK_CONFIG, SUBMIT_REJECTED},
        {-2502, RESULT_FALLBACK_CONFIG, SUBMIT_REJECTED},
        {-4200, RESULT_FALLBACK_CONFIG, SUBMIT_REJECTED},
        {-1005, RESULT_DUPLICATE, SUBMIT_UNKNOWN},
        {-2017, RESULT_SENDER, SUBMIT_REJECTED},
        {-1028, RESULT_SENDER, SUBMIT_REJECTED},
        {-1016, RESULT_NOT_FOUND, SUBMIT_UNKNOWN},
        {-1031, RESULT_TEMPORARY, SUBMIT_RETRY},
        {-2018, RESULT_TEMPLATE, SUBMIT_REJECTED},
        {-3003, RESULT_TEMPLATE, SUBMIT_REJECTED},
        {-3005, RESULT_TEMPLATE, SUBMIT_REJECTED},
        {-3010, RESULT_TEMPLATE, SUBMIT_REJECTED},
        {-3049, RESULT_TEMPLATE, SUBMIT_REJECTED},
        {-2019, RESULT_TOO_LONG, SUBMIT_REJECTED},
        {-3048, RESULT_TOO_LONG, SUBMIT_REJECTED},
        {-5000, RESULT_INVALID_NUMBER, SUBMIT_REJECTED},
        {-7000, RESULT_TEMPORARY, SUBMIT_RETRY},
        {-8008, RESULT_REJECTED, SUBMIT_REJECTED},
        {-9999, RESULT_NONE, SUBMIT_UNKNOWN}, /* may have been taken */
        {-1004, RESULT_NONE, SUBMIT_UNKNOWN}, /* nobody knows these */
        {-6000, RESULT_NONE, SUBMIT_UNKNOWN},
        {1, RESULT_NONE, SUBMIT_UNKNOWN},
        {1000, RESULT_NONE, SUBMIT_UNKNOWN},
        {INT32_MIN, RESULT_NONE, SUBMIT_UNKNOWN},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(nhn_api_result(cases[i].code), cases[i].result);
        assert_int_equal(outcome_of(nhn_api_result(cases[i].code)), cases[i].outcome);
    }
    for (int code = -20000; code < 20000; code++) /* a refusal is never taken for a success */
        assert_int_not_equal(outcome_of(nhn_api_result(code)), SUBMIT_ACCEPTED);
}

static void fates_at_nhn(void **state) {
    (void)state;
    static const struct {
        const char *status, *code, *resend;
        enum result result;
    } cases[] = {
        {"COMPLETED", "1000", "RSC01", RESULT_DELIVERED},
        {"COMPLETED", "1000", "RSC02", RESULT_DELIVERED}, /* the plan stays */
        {"COMPLETED", "MRC01", NULL, RESULT_DELIVERED},
        {"FAILED", "3019", "RSC01", RESULT_NOT_KAKAO_USER},
        {"FAILED", "3019", "RSC02", RESULT_FALLBACK_PENDING},
        {"FAILED", "3019", "RSC03", RESULT_FALLBACK_PENDING},
        {"FAILED", "3019", "RSC04", RESULT_FALLBACK_SENT},
        {"FAILED", "3018", "RSC05", RESULT_FALLBACK_FAILED},
        {"FAILED", "3018", NULL, RESULT_NOT_REACHABLE},
        {"FAILED", "3020", "RSC01", RESULT_BLOCKED},
        {"FAILED", "3016", "RSC01", RESULT_TEMPLATE},
        {"FAILED", "3012", "RSC01", RESULT_TEMPORARY},
        {"FAILED", "3005", "RSC01", RESULT_UNCONFIRMED}, /* may still arrive */
        {"FAILED", "1020", "RSC01", RESULT_INVALID_NUMBER},
        {"FAILED", "9999", "RSC01", RESULT_TEMPORARY},
        {"FAILED", "4156", "RSC01", RESULT_RATE},
        {"FAILED", "4131", "RSC01", RESULT_UNCONFIRMED},
        {"FAILED", "MRC02", "RSC01", RESULT_TEMPORARY},
        {"FAILED", "7777", "RSC01", RESULT_TEMPORARY},      /* a new code: it has not arrived */
        {"COMPLETED", "7777", "RSC01", RESULT_UNCONFIRMED}, /* has it? */
        {"COMPLETED", "10000000000000000000", NULL, RESULT_UNCONFIRMED},
        {"COMPLETED", "", NULL, RESULT_UNCONFIRMED},
        {"CANCEL", NULL, NULL, RESULT_REJECTED},
        {"FAILED", NULL, "RSC01", RESULT_NONE},
        {"SENDING", "4161", "RSC01", RESULT_NONE},
        {"FAILED", "4161", "RSC01", RESULT_NONE},
        {"REQUESTED", NULL, "RSC02", RESULT_NONE},
        {"SOMETHING_NEW", "1000", "RSC01", RESULT_NONE},
        {NULL, NULL, NULL, RESULT_NONE},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        if (nhn_fate(cases[i].status, cases[i].code, cases[i].resend) != cases[i].result) fail_msg("case %zu", i);
}

/* ---- Kakao i ---- */
static void codes_of_the_kakaoi_api(void **state) {
    (void)state;
    static const struct {
        const char *code, *detail;
        enum submit_outcome outcome;
        enum result result;
    } cases[] = {
        {"200", "API_200", SUBMIT_ACCEPTED, RESULT_DELIVERED},
        {"100", "API_200", SUBMIT_ACCEPTED, RESULT_DELIVERED},
        {"100", NULL, SUBMIT_ACCEPTED, RESULT_DELIVERED},
        {"400", "API_400", SUBMIT_REJECTED, RESULT_REJECTED},
        {"400", "API_402", SUBMIT_REJECTED, RESULT_AUTH},
        {"400", "API_409", SUBMIT_UNKNOWN, RESULT_DUPLICATE},
        {"400", "API_4611", SUBMIT_REJECTED, RESULT_SENDER},
        {"410", "ERR11000", SUBMIT_REJECTED, RESULT_BLOCKED},
        {"410", "ERR41001", SUBMIT_REJECTED, RESULT_TEMPLATE},
        {"410", "ERR42009", SUBMIT_REJECTED, RESULT_TEMPLATE},
        {"410", "ERR50025", SUBMIT_REJECTED, RESULT_INVALID_NUMBER},
        {"410", "ERR99999", SUBMIT_REJECTED, RESULT_REJECTED}, /* the code in front of it decides */
        {"500", "API_500", SUBMIT_UNKNOWN, RESULT_NONE},       /* "temporary" is not "not taken" */
        {"520", NULL, SUBMIT_UNKNOWN, RESULT_NONE},
        {"777", "SOMETHING_NEW", SUBMIT_UNKNOWN, RESULT_NONE},
        {"", "", SUBMIT_UNKNOWN, RESULT_NONE},
        {NULL, NULL, SUBMIT_UNKNOWN, RESULT_NONE},
        {"a code of great length, longer than any of them", NULL, SUBMIT_UNKNOWN, RESULT_NONE},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        enum result r = kakaoi_api_result(cases[i].code, cases[i].detail);
        if (r != cases[i].result || outcome_of(r) != cases[i].outcome) fail_msg("case %zu: %s", i, result_name(r));
    }
    for (size_t i = 1; i < kakaoi_n_codes; i++) assert_true(strcmp(kakaoi_codes[i - 1].code, kakaoi_codes[i].code) < 0);
}

static void fates_at_kakaoi(void **state) {
    (void)state;
    static const struct {
        struct kakaoi_words words; /* status, kakao, sms, ended */
        enum result result;
    } cases[] = {
        {{NULL, NULL, NULL, false}, RESULT_NONE},
        {{"API_200", "1000", NULL, true}, RESULT_DELIVERED},
        {{"API_200", "0000", NULL, true}, RESULT_DELIVERED},
        {{NULL, "1000", NULL, false}, RESULT_DELIVERED},
        {{NULL, "3019", NULL, false}, RESULT_FALLBACK_PENDING},
        {{"API_200", "3019", "API_200", true}, RESULT_FALLBACK_SENT},
        {{"API_500", "3019", "API_500", true}, RESULT_FALLBACK_FAILED},
        {{"API_500", "3019", NULL, true}, RESULT_NOT_KAKAO_USER},
        {{"API_500", "3016", NULL, true}, RESULT_TEMPLATE},
        {{"API_500", "3012", NULL, true}, RESULT_NOT_REACHABLE}, /* its cid is used up: there is no second try */
        {{"API_500", "3005", NULL, true}, RESULT_UNCONFIRMED},
        {{"API_500", "7777", NULL, true}, RESULT_UNCONFIRMED},
        {{NULL, "7777", NULL, false}, RESULT_NONE},
        {{NULL, "4161", NULL, false}, RESULT_NONE},
        {{"ERR41001", NULL, NULL, true}, RESULT_TEMPLATE},
        {{"API_200", NULL, NULL, true}, RESULT_UNCONFIRMED},
        {{"API_500", NULL, NULL, true}, RESULT_UNCONFIRMED},
        {{NULL, NULL, NULL, true}, RESULT_UNCONFIRMED},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        enum result r = kakaoi_fate(&cases[i].words);
        if (r != cases[i].result) fail_msg("case %zu: %s", i, result_name(r));
    }
}

/* Sent again under the same cid it would be refused, looked up, and found failed: for ever. */
static void nothing_at_kakaoi_is_tried_again(void **state) {
    (void)state;
    for (int code = 0; code < 10000; code++) {
        char word[16];
        snprintf(word, sizeof word, "%04d", code);
        enum result_class class =
            result_class(kakaoi_fate(&(struct kakaoi_words){.kakao = word, .status = "API_500", .ended = true}));
        assert_true(class != RESULT_IS_PASSING && class != RESULT_NEEDS_LOOK_UP && class != RESULT_IS_OPEN);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_result_has_a_name_of_its_own),
        cmocka_unit_test(outcome_and_class_agree),
        cmocka_unit_test(a_look_up_settles_only_what_is_not_there),
        cmocka_unit_test(ranges_are_in_order),
        cmocka_unit_test(codes_of_the_nhn_api),
        cmocka_unit_test(fates_at_nhn),
        cmocka_unit_test(codes_of_the_kakaoi_api),
        cmocka_unit_test(fates_at_kakaoi),
        cmocka_unit_test(nothing_at_kakaoi_is_tried_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

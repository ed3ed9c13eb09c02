#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "faults.h"

static bool arm(struct faults *f, const char *target, const char *mode, int64_t times, int64_t percent) {
    const struct fault_order o = {.target = target, .mode = mode, .times = times, .percent = percent};
    return faults_arm(f, &o);
}

static enum fault_mode take(struct faults *f, const char *target, enum fault_phase phase) {
    struct fault_hit hit;
    faults_take(f, target, phase, &hit);
    return hit.mode;
}

static void only_what_was_armed(void **state) {
    (void)state;
    struct faults *f = faults_open();
    assert_int_equal(take(f, "toss.get", PHASE_CALL), FAULT_NONE);
    assert_true(arm(f, "toss.confirm", "delay", 2, 100));
    assert_int_equal(take(f, "toss.get", PHASE_CALL), FAULT_NONE);
    assert_int_equal(take(f, "toss.confirm", PHASE_WEBHOOK), FAULT_NONE);
    assert_int_equal(take(f, "toss.confirm", PHASE_CALL), FAULT_DELAY);
    assert_int_equal(take(f, "toss.confirm", PHASE_CALL), FAULT_DELAY);
    assert_int_equal(take(f, "toss.confirm", PHASE_CALL), FAULT_NONE);
    faults_close(&f);
    assert_null(f);
}

static void in_the_order_of_arming(void **state) {
    (void)state;
    struct faults *f = faults_open();
    arm(f, "*", "garbage", 1, 100);
    arm(f, "toss.get", "huge", 0, 100);
    assert_int_equal(take(f, "toss.get", PHASE_CALL), FAULT_GARBAGE);
    for (int i = 0; i < 1000; i++) assert_int_equal(take(f, "toss.get", PHASE_CALL), FAULT_HUGE);
    faults_reset(f);
    assert_int_equal(take(f, "toss.get", PHASE_CALL), FAULT_NONE);
    faults_close(&f);
}

static void webhooks_by_call_and_in_general(void **state) {
    (void)state;
    struct faults *f = faults_open();
    arm(f, "toss.confirm", "drop_webhook", 1, 100);
    arm(f, "toss.webhook", "delay", 1, 100);
    assert_int_equal(take(f, "toss.webhook", PHASE_CALL), FAULT_NONE);
    assert_int_equal(take(f, "toss.confirm", PHASE_WEBHOOK), FAULT_WEBHOOK_DROP);
    assert_int_equal(take(f, "", PHASE_WEBHOOK), FAULT_DELAY);
    assert_int_equal(take(f, "", PHASE_WEBHOOK), FAULT_NONE);
    faults_close(&f);
}

static void codes_and_defaults(void **state) {
    (void)state;
    struct faults *f = faults_open();
    struct fault_hit hit;
    assert_true(arm(f, "toss.get", "error", 1, 100));
    faults_take(f, "toss.get", PHASE_CALL, &hit);
    assert_string_equal(hit.code->name, "FAILED_INTERNAL_SYSTEM_PROCESSING");
    assert_true(arm(f, "toss.get", "timeout_before", 1, 100));
    faults_take(f, "toss.get", PHASE_CALL, &hit);
    assert_int_equal(hit.ms, 65000);
    const struct fault_order o = {.target = "toss.get", .mode = "error", .code = "NOTHING", .times = 1, .percent = 100};
    assert_false(faults_arm(f, &o));
    assert_false(arm(f, "toss.none", "error", 1, 100));
    assert_false(arm(f, "toss.get", "none", 1, 100));
    assert_false(arm(f, "toss.get", "", 1, 100));
    assert_false(arm(f, "toss.webhook", "error", 1, 100));
    faults_close(&f);
}

static void in_the_codes_of_whom_it_hits(void **state) {
    (void)state;
    struct faults *f = faults_open();
    struct fault_hit hit;
    static const struct {
        const char *target, *code;
    } cases[] = {
        {"toss.get", "FAILED_INTERNAL_SYSTEM_PROCESSING"}, {"alimtalk.send", "-9999"}, {"kakaoi.send", "API_500"}};
    arm(f, "*", "error", 0, 100);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        faults_take(f, cases[i].target, PHASE_CALL, &hit);
        assert_string_equal(hit.code->name, cases[i].code);
    }
    faults_reset(f);
    struct fault_order o = {.target = "alimtalk.send", .mode = "error", .code = "-7000", .times = 1, .percent = 100};
    assert_true(faults_arm(f, &o));
    faults_take(f, "alimtalk.send", PHASE_CALL, &hit);
    assert_string_equal(hit.code->name, "-7000");
    o.code = "REJECT_CARD_COMPANY";
    assert_false(faults_arm(f, &o));
    o.target = "*"; /* a card company's refusal means nothing to NHN */
    assert_true(faults_arm(f, &o));
    faults_take(f, "alimtalk.send", PHASE_CALL, &hit);
    assert_string_equal(hit.code->name, "-9999");
    o.mode = "delay";
    assert_false(faults_arm(f, &o)); /* it has no code */
    faults_close(&f);
}

static void every_code_is_found(void **state) {
    (void)state;
    const struct codebook *const books[] = {&toss_codes, &nhn_codes, &kakaoi_codes};
    for (size_t b = 0; b < sizeof books / sizeof *books; b++) {
        for (size_t i = 0; i < books[b]->n; i++)
            assert_ptr_equal(codebook_find(books[b], books[b]->code[i].name), &books[b]->code[i]);
        assert_non_null(codebook_find(books[b], books[b]->failure));
        assert_non_null(codebook_find(books[b], books[b]->too_many));
    }
}

static void a_share_of_the_calls(void **state) {
    (void)state;
    struct faults *f = faults_open();
    int hits = 0;
    arm(f, "*", "error", 0, 5);
    for (int i = 0; i < 10000; i++) hits += take(f, "toss.get", PHASE_CALL) == FAULT_ERROR;
    assert_in_range(hits, 350, 650);
    faults_close(&f);
}

static void not_without_end(void **state) {
    (void)state;
    struct faults *f = faults_open();
    int n = 0;
    while (n < 1000 && arm(f, "*", "error", 1, 100)) n++;
    assert_int_equal(n, 64);
    assert_int_equal(take(f, "toss.get", PHASE_CALL), FAULT_ERROR);
    assert_true(arm(f, "*", "huge", 1, 100)); /* in the place of the spent one */
    for (int i = 1; i < 64; i++) assert_int_equal(take(f, "toss.get", PHASE_CALL), FAULT_ERROR);
    assert_int_equal(take(f, "toss.get", PHASE_CALL), FAULT_HUGE);
    faults_close(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_was_armed),
        cmocka_unit_test(in_the_order_of_arming),
        cmocka_unit_test(webhooks_by_call_and_in_general),
        cmocka_unit_test(codes_and_defaults),
        cmocka_unit_test(in_the_codes_of_whom_it_hits),
        cmocka_unit_test(every_code_is_found),
        cmocka_unit_test(a_share_of_the_calls),
        cmocka_unit_test(not_without_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

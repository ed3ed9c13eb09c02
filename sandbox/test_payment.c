/* The edges and the table of cancels are written out a second time, as words, so that a slip in payment.c cannot hide. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "payment.h"

#define NOW INT64_C(1792000000000)

static const struct clock real = {.scale = 1};

static const char *const edges[][2] = {
    {"READY", "IN_PROGRESS"},
    {"READY", "EXPIRED"},
    {"READY", "WAITING_FOR_DEPOSIT"},
    {"IN_PROGRESS", "EXPIRED"},
    {"IN_PROGRESS", "DONE"},
    {"IN_PROGRESS", "ABORTED"},
    {"IN_PROGRESS", "WAITING_FOR_DEPOSIT"},
    {"DONE", "CANCELED"},
    {"DONE", "PARTIAL_CANCELED"},
    {"PARTIAL_CANCELED", "PARTIAL_CANCELED"},
    {"WAITING_FOR_DEPOSIT", "DONE"},
    {"DONE", "WAITING_FOR_DEPOSIT"},
    {"WAITING_FOR_DEPOSIT", "CANCELED"},
};

static bool expected(const char *from, const char *to) {
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++)
        if (strcmp(edges[i][0], from) == 0 && strcmp(edges[i][1], to) == 0) return true;
    return false;
}

static void every_pair_of_statuses(void **state) {
    (void)state;
    for (int f = 0; f <= PAYMENT_STATUS_COUNT; f++)
        for (int t = 0; t <= PAYMENT_STATUS_COUNT; t++) {
            enum payment_status from = (enum payment_status)f, to = (enum payment_status)t;
            bool want = expected(payment_status_name(from), payment_status_name(to));
            if (payment_can_move(from, to) != want)
                fail_msg("%s -> %s should be %s", payment_status_name(from), payment_status_name(to),
                         want ? "allowed" : "refused");
        }
}

static void vat_as_in_the_reference(void **state) {
    (void)state;
    assert_int_equal(payment_vat(15000, 0), 1364);
    assert_int_equal(payment_vat(30000, 0), 2727);
    assert_int_equal(payment_vat(9026, 0), 821);
    assert_int_equal(payment_vat(11000, 5500), 500);
    assert_int_equal(payment_vat(5500, 5500), 0);
    assert_int_equal(payment_vat(0, 0), 0);
}

static struct payment made(enum method m, int64_t amount) {
    return (struct payment){.order_id = "order-1",
                            .amount = amount,
                            .balance = amount,
                            .method = m,
                            .valid_hours = 24,
                            .requested_at = NOW};
}

static struct payment paid(enum method m, int64_t amount) {
    struct payment p = made(m, amount);
    payment_authenticate(&p, m, NOW);
    payment_approve(&p, &real, NOW);
    if (p.status == PAYMENT_WAITING) payment_deposit(&p, NOW);
    return p;
}

static void deadlines_are_scaled(void **state) {
    (void)state;
    const struct clock fast = {.scale = 60};
    struct payment p = made(METHOD_CARD, 1000);
    assert_int_equal(payment_deadline(&p, &real), NOW + 30 * 60 * 1000);
    assert_int_equal(payment_deadline(&p, &fast), NOW + 30 * 1000);
    payment_authenticate(&p, METHOD_CARD, NOW + 5);
    assert_int_equal(payment_deadline(&p, &real), NOW + 5 + 10 * 60 * 1000);
    payment_approve(&p, &real, NOW + 6);
    assert_int_equal(payment_deadline(&p, &real), 0);
    assert_int_equal(clock_limit(&(struct clock){.scale = 1000000}, 1000), 1);
}

static void confirms(void **state) {
    (void)state;
    struct payment p = made(METHOD_CARD, 1000);
    const char *const ok = "order-1", *const wrong = "INVALID_REQUEST";
    assert_string_equal(payment_confirm_refusal(&p, ok, 1000, wrong), "NOT_FOUND_PAYMENT_SESSION");
    payment_authenticate(&p, METHOD_CARD, NOW);
    assert_string_equal(payment_confirm_refusal(&p, "order-2", 1000, wrong), "NOT_FOUND_PAYMENT_SESSION");
    assert_string_equal(payment_confirm_refusal(&p, ok, 999, wrong), wrong);
    assert_null(payment_confirm_refusal(&p, ok, 1000, wrong));
    struct payment ended[] = {p, p, p};
    payment_approve(&ended[0], &real, NOW);
    payment_abort(&ended[1], code_find("REJECT_CARD_COMPANY"));
    assert_string_equal(payment_confirm_refusal(&ended[0], ok, 1000, wrong), "ALREADY_PROCESSED_PAYMENT");
    assert_string_equal(payment_confirm_refusal(&ended[1], ok, 1000, wrong), "ALREADY_PROCESSED_PAYMENT");
    payment_expire(&ended[2]);
    assert_string_equal(payment_confirm_refusal(&ended[2], ok, 1000, wrong), "NOT_FOUND_PAYMENT_SESSION");
    assert_string_equal(ended[2].failure->name, "EXPIRED_PAYMENT");
}

static const char *refusal(const struct payment *p, struct cancel_request r) {
    return payment_cancel_refusal(p, &r, &real, NOW);
}

static void cancel(struct payment *p, int64_t amount) {
    const struct cancel_request r = {.amount = amount, .refundable = -1, .by_console = true};
    struct cancel *c = calloc(1, sizeof *c + 1);
    assert_non_null(c);
    assert_null(refusal(p, r));
    payment_cancel(p, &r, c, NOW);
}

static void forget_cancels(struct payment *p) {
    for (struct cancel *c = p->cancels, *next; c != NULL; c = next) {
        next = c->next;
        free(c);
    }
}

/* Measured against Toss's test environment. */
static void repeated_cancels(void **state) {
    (void)state;
    const struct cancel_request all = {.refundable = -1};
    struct payment whole = paid(METHOD_CARD, 1000);
    cancel(&whole, 0);
    assert_int_equal(whole.status, PAYMENT_CANCELED);
    assert_int_equal(whole.balance, 0);
    assert_string_equal(refusal(&whole, all), "ALREADY_CANCELED_PAYMENT");
    struct payment parts = paid(METHOD_CARD, 1000);
    cancel(&parts, 400);
    assert_int_equal(parts.status, PAYMENT_PARTIAL_CANCELED);
    assert_string_equal(refusal(&parts, (struct cancel_request){.amount = 601, .refundable = -1}),
                        "NOT_CANCELABLE_AMOUNT");
    assert_string_equal(refusal(&parts, (struct cancel_request){.amount = 100, .refundable = 1000}),
                        "NOT_MATCHES_REFUNDABLE_AMOUNT");
    cancel(&parts, 600);
    assert_int_equal(parts.status, PAYMENT_PARTIAL_CANCELED);
    assert_int_equal(parts.balance, 0);
    assert_string_equal(refusal(&parts, all), "NOT_CANCELABLE_AMOUNT");
    assert_int_equal(parts.cancels->balance_after, 600);
    assert_int_equal(parts.cancels->next->balance_after, 0);
    forget_cancels(&whole);
    forget_cancels(&parts);
}

static void what_cannot_be_cancelled(void **state) {
    (void)state;
    const struct cancel_request all = {.refundable = -1};
    struct payment p = made(METHOD_CARD, 1000);
    assert_string_equal(refusal(&p, all), "NOT_CANCELABLE_PAYMENT");
    payment_authenticate(&p, METHOD_CARD, NOW);
    assert_string_equal(refusal(&p, all), "NOT_CANCELABLE_PAYMENT");
    payment_expire(&p);
    assert_string_equal(refusal(&p, all), "NOT_CANCELABLE_PAYMENT");
    struct payment escrow = paid(METHOD_TRANSFER, 1000);
    escrow.use_escrow = true;
    assert_string_equal(refusal(&escrow, (struct cancel_request){.amount = 1, .refundable = -1}),
                        "NOT_ALLOWED_PARTIAL_REFUND");
    assert_null(refusal(&escrow, all));
    struct payment many = paid(METHOD_CARD, 1000);
    many.n_cancels = CANCELS_MAX;
    assert_string_equal(refusal(&many, all), "EXCEED_CANCEL_LIMIT");
}

static void refund_periods(void **state) {
    (void)state;
    const struct cancel_request all = {.refundable = -1, .by_console = true};
    static const struct {
        enum method method;
        int64_t days;
        bool allowed;
    } cases[] = {
        {METHOD_CARD, 3650, true},           {METHOD_TRANSFER, 179, true},         {METHOD_TRANSFER, 181, false},
        {METHOD_VIRTUAL_ACCOUNT, 364, true}, {METHOD_VIRTUAL_ACCOUNT, 366, false}, {METHOD_MOBILE_PHONE, 0, true},
        {METHOD_MOBILE_PHONE, 31, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct payment p = paid(cases[i].method, 1000);
        const char *why = payment_cancel_refusal(&p, &all, &real, NOW + cases[i].days * DAY_MS);
        if (cases[i].allowed)
            assert_null(why);
        else
            assert_string_equal(why, "EXCEED_MAX_REFUND_DUE");
    }
}

static void deposit_accounts(void **state) {
    (void)state;
    struct payment p = made(METHOD_CARD, 1000);
    payment_authenticate(&p, METHOD_VIRTUAL_ACCOUNT, NOW);
    payment_approve(&p, &real, NOW);
    assert_int_equal(p.status, PAYMENT_WAITING);
    assert_int_equal(p.approved_at, 0);
    assert_int_equal(p.due_at, NOW + 24 * HOUR_MS);
    assert_false(payment_account_expired(&p, p.due_at));
    assert_true(payment_account_expired(&p, p.due_at + 1));
    assert_string_equal(refusal(&p, (struct cancel_request){.amount = 999, .refundable = -1}),
                        "NOT_ALLOWED_PARTIAL_REFUND_WAITING_DEPOSIT");
    assert_null(refusal(&p, (struct cancel_request){.refundable = -1}));
    payment_deposit(&p, NOW);
    assert_false(payment_account_expired(&p, p.due_at + 1));
    payment_reverse(&p);
    assert_int_equal(p.status, PAYMENT_WAITING);
    assert_int_equal(p.approved_at, 0);
}

static void refund_accounts(void **state) {
    (void)state;
    struct payment p = paid(METHOD_VIRTUAL_ACCOUNT, 1000);
    static const struct {
        const char *bank, *number, *holder, *code;
    } cases[] = {
        {NULL, NULL, NULL, "INVALID_REQUEST"},
        {"99", "123", "a", "INVALID_BANK"},
        {"20", "12-3", "a", "INVALID_REFUND_ACCOUNT_NUMBER"},
        {"20", "", "a", "INVALID_REFUND_ACCOUNT_NUMBER"},
        {"20", "123456789012345678901", "a", "INVALID_REFUND_ACCOUNT_NUMBER"},
        {"20", "000", "a", "INVALID_REFUND_ACCOUNT_INFO"},
        {"20", "123", "", "INVALID_REFUND_ACCOUNT_INFO"},
        {"20", "12345678901234567890", "a", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct cancel_request r = {
            .refundable = -1, .bank = cases[i].bank, .number = cases[i].number, .holder = cases[i].holder};
        const char *why = refusal(&p, r);
        if (cases[i].code == NULL)
            assert_null(why);
        else
            assert_string_equal(why, cases[i].code);
    }
    assert_null(refusal(&p, (struct cancel_request){.refundable = -1, .by_console = true}));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair_of_statuses), cmocka_unit_test(vat_as_in_the_reference),
        cmocka_unit_test(deadlines_are_scaled),   cmocka_unit_test(confirms),
        cmocka_unit_test(repeated_cancels),       cmocka_unit_test(what_cannot_be_cancelled),
        cmocka_unit_test(refund_periods),         cmocka_unit_test(deposit_accounts),
        cmocka_unit_test(refund_accounts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

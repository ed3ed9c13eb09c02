#include <stdlib.h>
#include <string.h>

#include "common/strbuf.h"
#include "common/test_arena.h"
#include "common/timeutil.h"
#include "toss_answer.h"

#define COUNT(list) (sizeof(list) / sizeof *(list))

/* The least that is a payment, and the nulls that a fresh one has. */
#define LEAST                                                                                                          \
    "\"paymentKey\":\"pk1\",\"orderId\":\"order-1\",\"status\":\"DONE\",\"totalAmount\":30000,\"balanceAmount\":30000"
#define NULLS                                                                                                          \
    "\"method\":null,\"approvedAt\":null,\"lastTransactionKey\":null,\"cancels\":null,\"card\":null,"                  \
    "\"virtualAccount\":null,\"transfer\":null,\"receipt\":null,\"checkout\":null,\"failure\":null,"                   \
    "\"easyPay\":null,\"metadata\":null"

static int clear_arena(void **state) {
    arena_reset(*state);
    return 0;
}

static const struct money *payment(void **state, const char *text) {
    const char *version;
    return toss_payment(*state, text, strlen(text), &version);
}

static int64_t instant(const char *text) {
    int64_t ms = 0;
    assert_true(time_parse_rfc3339(text, &ms));
    return ms;
}

/* ---- payments ---- */
/* As in Toss's reference, with made-up values. */
static const char card[] =
    "{\"mId\":\"tvivarepublica\",\"version\":\"2022-11-16\",\"paymentKey\":\"tviva20260301101010AbC12\","
    "\"lastTransactionKey\":\"txrd_a01aaaaaaaaaaaaaaaaaaaaaaa\",\"orderId\":\"EX7-9f3kQ2v8\",\"orderName\":\"일반 "
    "관람권 2매\","
    "\"taxExemptionAmount\":0,\"status\":\"DONE\",\"requestedAt\":\"2026-03-01T10:10:10+09:00\","
    "\"approvedAt\":\"2026-03-01T10:10:42+09:00\",\"useEscrow\":false,\"cultureExpense\":false,"
    "\"card\":{\"issuerCode\":\"61\",\"acquirerCode\":\"61\",\"number\":\"43301234****123*\",\"installmentPlanMonths\":"
    "0,"
    "\"isInterestFree\":false,\"interestPayer\":null,\"approveNo\":\"00000000\",\"useCardPoint\":false,"
    "\"cardType\":\"신용\",\"ownerType\":\"개인\",\"acquireStatus\":\"READY\",\"amount\":30000},"
    "\"virtualAccount\":null,\"transfer\":null,\"mobilePhone\":null,\"giftCertificate\":null,\"cashReceipt\":null,"
    "\"cashReceipts\":null,\"discount\":null,\"cancels\":null,\"secret\":\"ps_AAAAAAAAAAAAAAAAAAAAAAAAAAAA\","
    "\"type\":\"NORMAL\",\"easyPay\":null,\"country\":\"KR\",\"failure\":null,\"isPartialCancelable\":true,"
    "\"receipt\":{\"url\":\"https://dashboard.tosspayments.com/receipt/redirection?transactionId=x&ref=PX\"},"
    "\"checkout\":{\"url\":\"https://api.tosspayments.com/v1/payments/tviva20260301101010AbC12/checkout\"},"
    "\"currency\":\"KRW\",\"totalAmount\":30000,\"balanceAmount\":30000,\"suppliedAmount\":27273,\"vat\":2727,"
    "\"taxFreeAmount\":0,\"method\":\"카드\",\"metadata\":null}";

static void a_card_payment(void **state) {
    const char *version;
    const struct money *m = toss_payment(*state, card, strlen(card), &version);
    assert_non_null(m);
    assert_string_equal(version, TOSS_VERSION);
    assert_int_equal(m->state, MONEY_DONE);
    assert_string_equal(m->payment_key, "tviva20260301101010AbC12");
    assert_string_equal(m->order_id, "EX7-9f3kQ2v8");
    assert_string_equal(m->method, "card");
    assert_string_equal(m->secret, "ps_AAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    assert_string_equal(m->transaction_key, "txrd_a01aaaaaaaaaaaaaaaaaaaaaaa");
    assert_non_null(strstr(m->receipt_url, "dashboard.tosspayments.com"));
    assert_non_null(strstr(m->checkout_url, "/checkout"));
    assert_int_equal(m->total, 30000);
    assert_int_equal(m->balance, 30000);
    assert_true(m->approved_ms == instant("2026-03-01T10:10:42+09:00"));
    assert_null(m->failure_code);
    assert_null(m->account.number);
    assert_int_equal(m->n_cancels, 0);
}

static void a_virtual_account(void **state) {
    const struct money *m = payment(
        state,
        "{" LEAST ",\"approvedAt\":null,\"method\":\"가상계좌\",\"secret\":\"ps_1\",\"virtualAccount\":{"
        "\"accountType\":\"일반\",\"accountNumber\":\"X6505636518308\",\"bankCode\":\"20\",\"customerName\":\"박토스\","
        "\"depositorName\":\"\",\"dueDate\":\"2026-03-08T10:10:10+09:00\",\"refundStatus\":\"NONE\","
        "\"expired\":true,\"settlementStatus\":\"INCOMPLETED\",\"refundReceiveAccount\":null}}");
    assert_non_null(m);
    assert_string_equal(m->method, "virtual_account");
    assert_string_equal(m->account.number, "X6505636518308");
    assert_string_equal(m->account.bank, "20");
    assert_string_equal(m->account.holder, "박토스");
    assert_true(m->account.due_ms == instant("2026-03-08T10:10:10+09:00"));
    assert_true(m->account.expired);
    assert_int_equal(m->approved_ms, 0);
}

static void partial_cancels(void **state) {
    const struct money *m = payment(
        state, "{" LEAST ",\"cancels\":["
               "{\"cancelAmount\":10000,\"cancelReason\":\"단순 변심\",\"taxFreeAmount\":0,\"refundableAmount\":20000,"
               "\"canceledAt\":\"2026-03-02T09:00:00+09:00\",\"transactionKey\":\"t1\",\"receiptKey\":null,"
               "\"cancelStatus\":\"DONE\",\"cancelRequestId\":null},"
               "{\"cancelAmount\":500,\"cancelReason\":\"x\",\"transactionKey\":\"t2\",\"cancelStatus\":\"ABORTED\"},"
               "{\"cancelAmount\":20000.0,\"transactionKey\":\"t3\",\"refundableAmount\":0}]}");
    assert_non_null(m);
    assert_int_equal(m->n_cancels, 2); /* the aborted one moved nothing */
    assert_string_equal(m->cancels[0].transaction_key, "t1");
    assert_string_equal(m->cancels[0].reason, "단순 변심");
    assert_int_equal(m->cancels[0].amount, 10000);
    assert_int_equal(m->cancels[0].balance_after, 20000);
    assert_true(m->cancels[0].at_ms == instant("2026-03-02T09:00:00+09:00"));
    assert_string_equal(m->cancels[1].transaction_key, "t3");
    assert_int_equal(m->cancels[1].amount, 20000);
    assert_null(m->cancels[1].reason);
}

static void nulls_everywhere(void **state) {
    const struct money *m = payment(state, "{" LEAST ",\"secret\":null," NULLS "}");
    assert_non_null(m);
    assert_null(m->method);
    assert_null(m->secret);
    assert_null(m->receipt_url);
    assert_null(m->checkout_url);
    assert_null(m->failure_code);
    assert_null(m->transaction_key);
    assert_null(m->account.number);
    assert_null(m->cancels);
    assert_int_equal(m->approved_ms, 0);
    assert_non_null(payment(state, "{" LEAST "}"));
}

static void an_expired_payment(void **state) {
    const struct money *m = payment(
        state, "{\"paymentKey\":\"k\",\"orderId\":\"o\",\"status\":\"EXPIRED\",\"totalAmount\":1,\"balanceAmount\":1,"
               "\"method\":null,\"failure\":{\"code\":\"EXPIRED_PAYMENT\",\"message\":\"만료\"}}");
    assert_non_null(m);
    assert_int_equal(m->state, MONEY_EXPIRED);
    assert_string_equal(m->failure_code, "EXPIRED_PAYMENT");
    assert_string_equal(m->failure_message, "만료");
}

static void states(void **state) {
    static const struct {
        const char *word;
        enum money_state state;
    } cases[] = {
        {"READY", MONEY_READY},       {"IN_PROGRESS", MONEY_IN_PROGRESS},
        {"DONE", MONEY_DONE},         {"WAITING_FOR_DEPOSIT", MONEY_WAITING_FOR_DEPOSIT},
        {"CANCELED", MONEY_CANCELED}, {"PARTIAL_CANCELED", MONEY_PARTIAL_CANCELED},
        {"ABORTED", MONEY_ABORTED},   {"EXPIRED", MONEY_EXPIRED},
        {"done", MONEY_UNKNOWN},      {"SOMETHING_NEW", MONEY_UNKNOWN},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct money *m = payment(state, arena_printf(*state,
                                                            "{\"paymentKey\":\"k\",\"orderId\":\"o\",\"status\":\"%s\","
                                                            "\"totalAmount\":1,\"balanceAmount\":1}",
                                                            cases[i].word));
        assert_non_null(m);
        assert_int_equal(m->state, cases[i].state);
    }
}

static void ways_to_pay(void **state) {
    static const char *const cases[][2] = {
        {"카드", "card"},
        {"CARD", "card"},
        {"계좌이체", "transfer"},
        {"TRANSFER", "transfer"},
        {"가상계좌", "virtual_account"},
        {"간편결제", "easy_pay"},
        {"휴대폰", "mobile_phone"},
        {"문화상품권", "gift_certificate"},
        {"도서문화상품권", "gift_certificate"},
        {"게임문화상품권", "gift_certificate"},
        {"해외간편결제", "other"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct money *m = payment(state, arena_printf(*state, "{" LEAST ",\"method\":\"%s\"}", cases[i][0]));
        assert_non_null(m);
        assert_string_equal(m->method, cases[i][1]);
    }
    assert_string_equal(toss_method("card"), "CARD");
    assert_string_equal(toss_method("easy_pay"), "CARD");
    assert_string_equal(toss_method("virtual_account"), "VIRTUAL_ACCOUNT");
    assert_string_equal(toss_method("gift_certificate"), "CULTURE_GIFT_CERTIFICATE");
    assert_null(toss_method("other"));
    assert_null(toss_method(""));
}

static void new_fields_are_ignored(void **state) {
    struct strbuf b;
    strbuf_init(&b, *state, 1 << 20);
    strbuf_puts(&b, "{");
    for (int i = 0; i < 150; i++) strbuf_printf(&b, "\"new%d\":{\"deep\":[1,{\"er\":null}]},", i);
    strbuf_puts(&b, LEAST ",\"version\":\"2030-01-01\"}");
    const char *version;
    const struct money *m = toss_payment(*state, b.data, b.len, &version);
    assert_non_null(m);
    assert_int_equal(m->total, 30000);
    assert_string_equal(version, "2030-01-01");
}

/* What is of no weight and of the wrong kind counts as absent. */
static void odd_texts_are_absent(void **state) {
    const struct money *m = payment(
        state, "{" LEAST ",\"method\":5,\"secret\":{},\"receipt\":\"x\",\"checkout\":{\"url\":null},\"failure\":[],"
               "\"approvedAt\":\"yesterday\",\"virtualAccount\":7,\"lastTransactionKey\":\"\",\"version\":1}");
    assert_non_null(m);
    assert_null(m->method);
    assert_null(m->secret);
    assert_null(m->receipt_url);
    assert_null(m->checkout_url);
    assert_null(m->transaction_key);
    assert_int_equal(m->approved_ms, 0);
}

static void what_is_no_payment(void **state) {
    static const char *const cases[] = {
        "",
        "{}",
        "[]",
        "null",
        "\"DONE\"",
        "<html>busy</html>",
        "{" LEAST,
        "{" LEAST "}}",
        "{\"orderId\":\"o\",\"status\":\"DONE\",\"totalAmount\":1,\"balanceAmount\":1}",
        "{\"paymentKey\":null,\"orderId\":\"o\",\"status\":\"DONE\",\"totalAmount\":1,\"balanceAmount\":1}",
        "{\"paymentKey\":\"\",\"orderId\":\"o\",\"status\":\"DONE\",\"totalAmount\":1,\"balanceAmount\":1}",
        "{\"paymentKey\":1,\"orderId\":\"o\",\"status\":\"DONE\",\"totalAmount\":1,\"balanceAmount\":1}",
        "{\"paymentKey\":\"k\",\"status\":\"DONE\",\"totalAmount\":1,\"balanceAmount\":1}",
        "{\"paymentKey\":\"k\",\"orderId\":\"o\",\"totalAmount\":1,\"balanceAmount\":1}",
        "{\"paymentKey\":\"k\",\"orderId\":\"o\",\"status\":null,\"totalAmount\":1,\"balanceAmount\":1}",
        "{\"paymentKey\":\"k\",\"orderId\":\"o\",\"status\":\"DONE\",\"balanceAmount\":1}",
        "{\"paymentKey\":\"k\",\"orderId\":\"o\",\"status\":\"DONE\",\"totalAmount\":1}",
        "{\"paymentKey\":\"k\",\"orderId\":\"o\",\"status\":\"DONE\",\"totalAmount\":1,\"balanceAmount\":null}",
        "{" LEAST ",\"cancels\":{}}",
        "{" LEAST ",\"cancels\":[1]}",
        "{" LEAST ",\"cancels\":[{}]}",
        "{" LEAST ",\"cancels\":[{\"transactionKey\":\"t\",\"cancelAmount\":0.5}]}",
        "{" LEAST ",\"cancels\":[{\"cancelAmount\":5}]}", /* without its key nobody knows it again */
        "{" LEAST ",\"cancels\":[{\"cancelAmount\":5,\"transactionKey\":null}]}",
        "{" LEAST ",\"status\":\"CANCELED\"}", /* said twice */
        "{\"code\":\"NOT_FOUND_PAYMENT\",\"message\":\"존재하지 않는 결제 정보 입니다.\"}",
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        if (payment(state, cases[i]) != NULL) fail_msg("taken for a payment: %s", cases[i]);
}

static void amounts(void **state) {
    static const struct {
        const char *text;
        int64_t won; /* -1: refused */
    } cases[] = {
        {"0", 0},         {"100", 100},      {"15000.0", 15000},
        {"1.5e4", 15000}, {"-0", 0},         {"9007199254740991", INT64_C(9007199254740991)},
        {"0.5", -1},      {"15000.01", -1},  {"-1", -1},
        {"1e16", -1},     {"\"15000\"", -1}, {"9007199254740993", -1},
        {"true", -1},     {"[100]", -1},     {"{\"value\":100}", -1},
        {"1e400", -1},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct money *m =
            payment(state, arena_printf(*state,
                                        "{\"paymentKey\":\"k\",\"orderId\":\"o\",\"status\":\"DONE\","
                                        "\"totalAmount\":%s,\"balanceAmount\":1}",
                                        cases[i].text));
        if ((m == NULL) != (cases[i].won < 0)) fail_msg("%s", cases[i].text);
        if (m != NULL) assert_true(m->total == cases[i].won);
    }
}

/* ---- errors ---- */
static void errors(void **state) {
    static const struct {
        const char *text, *code, *message;
    } cases[] = {
        {"{\"code\":\"NOT_FOUND_PAYMENT\",\"message\":\"존재하지 않는 결제 정보 입니다.\"}", "NOT_FOUND_PAYMENT",
         "존재하지 않는 결제 정보 입니다."},
        {"{\"code\":\"A\",\"message\":null,\"data\":null,\"new\":[1]}", "A", NULL},
        {"{\"code\":null,\"message\":\"m\"}", NULL, "m"},
        {"{\"code\":500}", NULL, NULL},
        {"{\"code\":\"\"}", NULL, NULL},
        {"{\"code\":\"no code\"}", NULL, NULL},
        {"{\"code\":\"<b>\"}", NULL, NULL},
        {"{}", NULL, NULL},
        {"", NULL, NULL},
        {"[]", NULL, NULL},
        {"<html>", NULL, NULL},
        {"{\"code\":\"A\"", NULL, NULL},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct toss_error e = toss_error(*state, cases[i].text, strlen(cases[i].text));
        assert_int_equal(e.code == NULL, cases[i].code == NULL);
        assert_int_equal(e.message == NULL, cases[i].message == NULL);
        if (e.code != NULL) assert_string_equal(e.code, cases[i].code);
        if (e.message != NULL) assert_string_equal(e.message, cases[i].message);
    }
}

/* ---- transactions ---- */
#define ROW(key, state, amount, at)                                                                                    \
    "{\"mId\":\"m\",\"transactionKey\":\"" key "\",\"paymentKey\":\"p\",\"orderId\":\"o\",\"method\":\"카드\","      \
    "\"customerKey\":null,\"useEscrow\":false,\"receiptUrl\":\"https://r\",\"status\":\"" state "\","                  \
    "\"transactionAt\":\"" at "\",\"currency\":\"KRW\",\"amount\":" amount "}"

static void lists_of_transactions(void **state) {
    static const char text[] = "[" ROW("t1", "DONE", "30000", "2026-03-01T10:10:42+09:00") "," ROW(
        "t2", "CANCELED", "-30000", "2026-03-02T00:00:00") "," ROW("t3", "NEW", "5", "2026-03-02T00:00:00Z") "]";
    struct money_moved *rows;
    size_t n;
    assert_true(toss_transactions(*state, text, strlen(text), &rows, &n));
    assert_int_equal(n, 3);
    assert_string_equal(rows[0].transaction_key, "t1");
    assert_string_equal(rows[0].payment_key, "p");
    assert_string_equal(rows[0].order_id, "o");
    assert_int_equal(rows[0].state, MONEY_DONE);
    assert_int_equal(rows[0].amount, 30000);
    assert_true(rows[0].at_ms == instant("2026-03-01T10:10:42+09:00"));
    assert_int_equal(rows[1].state, MONEY_CANCELED);
    assert_int_equal(rows[1].amount, 30000); /* the state says which way */
    assert_true(rows[1].at_ms == instant("2026-03-02T00:00:00+09:00"));
    assert_int_equal(rows[2].state, MONEY_UNKNOWN);
    assert_true(toss_transactions(*state, "[]", 2, &rows, &n));
    assert_int_equal(n, 0);
}

static void the_longest_list(void **state) {
    struct strbuf b;
    strbuf_init(&b, *state, 4 << 20);
    for (int i = 0; i < 5000; i++)
        strbuf_printf(&b, "%s" ROW("t%d", "DONE", "100", "2026-03-01T10:10:42+09:00"), i == 0 ? "[" : ",", i);
    strbuf_puts(&b, "]");
    assert_true(strbuf_ok(&b));
    struct money_moved *rows;
    size_t n;
    assert_true(toss_transactions(*state, b.data, b.len, &rows, &n));
    assert_int_equal(n, 5000);
    assert_string_equal(rows[4999].transaction_key, "t4999");
}

static void half_a_list_is_none(void **state) {
    static const char *const cases[] = {
        "",
        "{}",
        "{\"rows\":[]}",
        "null",
        "[1]",
        "[{}]",
        "[" ROW("", "DONE", "1", "2026-03-01T10:10:42+09:00") "]",
        "[" ROW("t", "DONE", "1.5", "2026-03-01T10:10:42+09:00") "]",
        "[" ROW("t", "DONE", "1", "soon") "]",
        "[" ROW("t", "DONE", "1", "2026-03-01T10:10:42+09:00") ",{}]",
        "[" ROW("t", "DONE", "1", "2026-03-01T10:10:42+09:00"),
        "[],\"rows\":[]",
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct money_moved *rows;
        size_t n;
        if (toss_transactions(*state, cases[i], strlen(cases[i]), &rows, &n)) fail_msg("taken: %s", cases[i]);
    }
}

/* ---- webhooks ---- */
static void notices(void **state) {
    static const struct {
        const char *text;
        struct notice n;
    } cases[] = {
        {"{\"eventType\":\"PAYMENT_STATUS_CHANGED\",\"createdAt\":\"2026-03-01T10:10:43.123456\",\"data\":{" LEAST
         ",\"secret\":\"ps_1\"," NULLS "}}",
         {"PAYMENT_STATUS_CHANGED", "pk1", "order-1", "ps_1", MONEY_DONE}},
        {"{\"eventType\":\"PAYMENT_STATUS_CHANGED\",\"data\":{\"paymentKey\":\"k\",\"orderId\":\"o\",\"status\":"
         "\"EXPIRED\"}}",
         {"PAYMENT_STATUS_CHANGED", "k", "o", NULL, MONEY_EXPIRED}},
        {"{\"createdAt\":\"2026-03-01T12:00:00.000000\",\"secret\":\"ps_1\",\"status\":\"DONE\",\"transactionKey\":"
         "\"9F\","
         "\"orderId\":\"o\"}",
         {"DEPOSIT_CALLBACK", NULL, "o", "ps_1", MONEY_DONE}},
        {"{\"eventType\":\"CANCEL_STATUS_CHANGED\",\"data\":{\"cancelStatus\":\"DONE\",\"transactionKey\":\"t\"}}",
         {"CANCEL_STATUS_CHANGED", NULL, NULL, NULL, MONEY_UNKNOWN}},
        {"{\"eventType\":\"payout.changed\",\"version\":\"2022-11-16\",\"eventId\":\"e\",\"entityType\":\"payout\","
         "\"entityBody\":{}}",
         {"payout.changed", NULL, NULL, NULL, MONEY_UNKNOWN}},
        {"{\"eventType\":\"SOMETHING_NEW\",\"data\":null}", {"SOMETHING_NEW", NULL, NULL, NULL, MONEY_UNKNOWN}},
        {"{\"eventType\":\"SOMETHING_NEW\",\"data\":[1]}", {"SOMETHING_NEW", NULL, NULL, NULL, MONEY_UNKNOWN}},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct notice n;
        const struct notice *want = &cases[i].n;
        if (!toss_notice(*state, cases[i].text, strlen(cases[i].text), &n)) fail_msg("refused: %s", cases[i].text);
        const char *const got[] = {n.event, n.payment_key, n.order_id, n.secret};
        const char *const wanted[] = {want->event, want->payment_key, want->order_id, want->secret};
        for (size_t k = 0; k < COUNT(got); k++) {
            assert_int_equal(got[k] == NULL, wanted[k] == NULL);
            if (got[k] != NULL) assert_string_equal(got[k], wanted[k]);
        }
        assert_int_equal(n.state, want->state);
    }
}

static void what_is_no_notice(void **state) {
    static const char *const cases[] = {"",
                                        "{}",
                                        "[]",
                                        "x",
                                        "{\"data\":{}}",
                                        "{\"orderId\":\"o\",\"status\":\"DONE\"}",
                                        "{\"eventType\":5}",
                                        "{\"eventType\":\"A\""};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct notice n;
        if (toss_notice(*state, cases[i], strlen(cases[i]), &n)) fail_msg("taken: %s", cases[i]);
    }
}

/* An arena that is too small refuses; nothing is read from half of it. */
static void too_little_memory(void **state) {
    (void)state;
    for (size_t max = 64; max < 32 * 1024; max += 512) {
        struct arena *a = arena_new(max);
        const char *version;
        const struct money *m = toss_payment(a, card, strlen(card), &version);
        if (m != NULL) assert_string_equal(m->order_id, "EX7-9f3kQ2v8");
        struct money_moved *rows;
        size_t n;
        toss_transactions(a, "[{}]", 4, &rows, &n);
        arena_free(&a);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_card_payment, clear_arena),
        cmocka_unit_test_teardown(a_virtual_account, clear_arena),
        cmocka_unit_test_teardown(partial_cancels, clear_arena),
        cmocka_unit_test_teardown(nulls_everywhere, clear_arena),
        cmocka_unit_test_teardown(an_expired_payment, clear_arena),
        cmocka_unit_test_teardown(states, clear_arena),
        cmocka_unit_test_teardown(ways_to_pay, clear_arena),
        cmocka_unit_test_teardown(new_fields_are_ignored, clear_arena),
        cmocka_unit_test_teardown(odd_texts_are_absent, clear_arena),
        cmocka_unit_test_teardown(what_is_no_payment, clear_arena),
        cmocka_unit_test_teardown(amounts, clear_arena),
        cmocka_unit_test_teardown(errors, clear_arena),
        cmocka_unit_test_teardown(lists_of_transactions, clear_arena),
        cmocka_unit_test_teardown(the_longest_list, clear_arena),
        cmocka_unit_test_teardown(half_a_list_is_none, clear_arena),
        cmocka_unit_test_teardown(notices, clear_arena),
        cmocka_unit_test_teardown(what_is_no_notice, clear_arena),
        cmocka_unit_test_teardown(too_little_memory, clear_arena),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}

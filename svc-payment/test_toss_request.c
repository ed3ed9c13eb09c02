#include <string.h>

#include "common/test_arena.h"
#include "toss_request.h"

#define BASE "https://api.tosspayments.com"

static void keys_stay_one_segment(void **state) {
    static const char *const cases[][2] = {
        {"tviva20260301101010AbC12", BASE "/v1/payments/tviva20260301101010AbC12/cancel"},
        {"a-b_c.d~e", BASE "/v1/payments/a-b_c.d~e/cancel"},
        {"a/b", BASE "/v1/payments/a%2Fb/cancel"},
        {"a?b=c&d#e", BASE "/v1/payments/a%3Fb%3Dc%26d%23e/cancel"},
        {"a%2Fb", BASE "/v1/payments/a%252Fb/cancel"},
        {"a\r\nb c", BASE "/v1/payments/a%0D%0Ab%20c/cancel"},
        {"가", BASE "/v1/payments/%EA%B0%80/cancel"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(toss_path(*state, BASE, "/v1/payments/", cases[i][0], "/cancel"), cases[i][1]);
    char longest[202];
    memset(longest, 'a', sizeof longest);
    longest[201] = '\0';
    static const char *const refused[] = {"", ".", "..", "../x", ".hidden"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        assert_null(toss_path(*state, BASE, "/v1/payments/", refused[i], ""));
    assert_null(toss_path(*state, BASE, "/v1/payments/", longest, ""));
    longest[200] = '\0';
    assert_non_null(toss_path(*state, BASE, "/v1/payments/", longest, ""));
}

static void lists_are_asked_in_seoul_time(void **state) {
    const int64_t day = INT64_C(1772290800000); /* 2026-03-01T00:00:00+09:00 */
    assert_string_equal(toss_list_url(*state, BASE, day, day + 86400000, NULL, 1000),
                        BASE "/v1/transactions?startDate=2026-03-01T00:00:00&endDate=2026-03-02T00:00:00&limit=1000");
    assert_string_equal(toss_list_url(*state, BASE, day + 1999, day + 2001, "tx&1", 5),
                        BASE "/v1/transactions?startDate=2026-03-01T00:00:01&endDate=2026-03-01T00:00:03&limit=5"
                             "&startingAfter=tx%261");
}

static const struct payment_wish wish = {.attempt_id = "order-1",
                                         .order_name = "일반 관람권 외 2건",
                                         .customer_name = "홍\"길동",
                                         .method = "card",
                                         .success_url = "https://shop.example/ok",
                                         .fail_url = "https://shop.example/no",
                                         .amount = 15000,
                                         .deposit_hours = 24,
                                         .key = "k"};

static void opening(void **state) {
    assert_string_equal(toss_open_body(*state, &wish),
                        "{\"method\":\"CARD\",\"amount\":15000,\"currency\":\"KRW\",\"orderId\":\"order-1\","
                        "\"orderName\":\"일반 관람권 외 2건\",\"customerName\":\"홍\\\"길동\","
                        "\"successUrl\":\"https://shop.example/ok\",\"failUrl\":\"https://shop.example/no\"}");
    struct payment_wish deposit = wish;
    deposit.method = "virtual_account";
    deposit.customer_email = "a@b.example";
    const char *body = toss_open_body(*state, &deposit);
    assert_non_null(strstr(body, "\"method\":\"VIRTUAL_ACCOUNT\""));
    assert_non_null(strstr(body, "\"customerEmail\":\"a@b.example\""));
    assert_non_null(strstr(body, ",\"virtualAccount\":{\"validHours\":24}}"));
    deposit.method = "other";
    assert_null(toss_open_body(*state, &deposit));
}

static void confirming(void **state) {
    assert_string_equal(toss_confirm_body(*state, "pk\"1", "order-1", 15000),
                        "{\"paymentKey\":\"pk\\\"1\",\"orderId\":\"order-1\",\"amount\":15000}");
}

static void cancelling(void **state) {
    struct cancel_wish w = {.payment_key = "pk1", .reason = "고객 변심", .key = "k"};
    assert_string_equal(toss_cancel_body(*state, &w), "{\"cancelReason\":\"고객 변심\"}");
    w.amount = 5000;
    w.balance = 15000;
    assert_string_equal(toss_cancel_body(*state, &w),
                        "{\"cancelReason\":\"고객 변심\",\"cancelAmount\":5000,\"refundableAmount\":15000}");
    w.account = &(struct refund_account){"20", "1234567890", "박토스"};
    assert_non_null(strstr(toss_cancel_body(*state, &w),
                           ",\"refundReceiveAccount\":{\"bank\":\"20\",\"accountNumber\":\"1234567890\","
                           "\"holderName\":\"박토스\"}}"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_stay_one_segment),
        cmocka_unit_test(lists_are_asked_in_seoul_time),
        cmocka_unit_test(opening),
        cmocka_unit_test(confirming),
        cmocka_unit_test(cancelling),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}

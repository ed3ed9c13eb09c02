#include "common/test_arena.h"

#include <string.h>

#include "scan_answer.h"

static struct gate_ticket tickets[] = {
    {.id = 1, .product_id = 7, .product_name = "대인", .entered_ms = 1000, .entered_by = 50},
    {.id = 2, .product_id = 8, .product_name = "소인", .entered_ms = 1000, .entered_by = 50},
    {.id = 3, .product_id = 7, .product_name = "대인", .entered_ms = 1000, .entered_by = 50},
    {.id = 4, .product_id = 8, .product_name = "소인"},
    {.id = 5, .product_id = 9, .product_name = "경로", .gone = true},
};
static const struct gate_order order = {.order_number = "ORD1",
                                        .customer_name = "홍길동",
                                        .exhibition_name = "다른 \"전시\"",
                                        .visit_day = 1,
                                        .tickets = tickets,
                                        .n_tickets = sizeof tickets / sizeof *tickets};

static void expect(void **state, const struct gate_order *o, struct gate_scan s, struct gate_result r, enum lang lang,
                   const char *want) {
    s.id = 50;
    const char *answer = scan_answer(*state, o, &s, &r, "s1", lang);
    assert_non_null(answer);
    assert_string_equal(answer, want);
}

static void one_person(void **state) {
    expect(state, &order, (struct gate_scan){.ticket_id = 2, .here = true},
           (struct gate_result){.verdict = VERDICT_ALLOWED, .admitted = 1, .entered_ms = 1000}, LANG_KO,
           "{\"order_number\":\"ORD1\",\"customer_name\":\"홍*동\",\"visit_date\":\"1970-01-02\",\"entrance_status\":"
           "\"allowed\",\"message\":\"입장 처리되었습니다.\",\"admitted\":1,\"remaining\":0,\"product\":\"소인\","
           "\"entrance_time\":\"1970-01-01T09:00:01.000+09:00\",\"scan_id\":\"s1\"}");
}

static void a_group_by_product(void **state) {
    expect(state, &order, (struct gate_scan){.here = true},
           (struct gate_result){.verdict = VERDICT_ALLOWED, .admitted = 3, .remaining = 1, .entered_ms = 1000}, LANG_EN,
           "{\"order_number\":\"ORD1\",\"customer_name\":\"홍*동\",\"visit_date\":\"1970-01-02\",\"entrance_status\":"
           "\"allowed\",\"message\":\"Admitted.\",\"admitted\":3,\"remaining\":1,\"product\":\"대인 2, 소인 1\","
           "\"entrance_time\":\"1970-01-01T09:00:01.000+09:00\",\"scan_id\":\"s1\"}");
}

static void a_group_that_stays_outside_is_told_without_who_is_gone(void **state) {
    expect(state, &order, (struct gate_scan){.here = true},
           (struct gate_result){.verdict = VERDICT_PROOF_NEEDED, .remaining = 1}, LANG_EN,
           "{\"order_number\":\"ORD1\",\"customer_name\":\"홍*동\",\"visit_date\":\"1970-01-02\",\"entrance_status\":"
           "\"proof_needed\",\"message\":\"Check the proof of entitlement first.\",\"admitted\":0,\"remaining\":1,"
           "\"product\":\"대인 2, 소인 2\",\"scan_id\":\"s1\"}");
}

static void of_another_exhibition_its_name_alone(void **state) {
    expect(
        state, &order, (struct gate_scan){.ticket_id = 2},
        (struct gate_result){.verdict = VERDICT_WRONG_EXHIBITION, .remaining = 1}, LANG_KO,
        "{\"order_number\":null,\"customer_name\":null,\"visit_date\":null,\"entrance_status\":\"wrong_exhibition\","
        "\"message\":\"다른 전시의 티켓입니다. (다른 \\\"전시\\\")\",\"admitted\":0,\"remaining\":0,\"product\":null,"
        "\"scan_id\":\"s1\"}");
}

static void of_a_code_that_is_not_ours_nothing(void **state) {
    expect(
        state, NULL, (struct gate_scan){.here = true}, (struct gate_result){.verdict = VERDICT_INVALID}, LANG_EN,
        "{\"order_number\":null,\"customer_name\":null,\"visit_date\":null,\"entrance_status\":\"invalid\",\"message\":"
        "\"This is not a valid code.\",\"admitted\":0,\"remaining\":0,\"product\":null,\"scan_id\":\"s1\"}");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_person),
        cmocka_unit_test(a_group_by_product),
        cmocka_unit_test(a_group_that_stays_outside_is_told_without_who_is_gone),
        cmocka_unit_test(of_another_exhibition_its_name_alone),
        cmocka_unit_test(of_a_code_that_is_not_ours_nothing),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}

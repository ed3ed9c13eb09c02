#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "json.h"
#include "status.h"

/* The table of errors of the HTTP contract. */
static const struct {
    int http;
    const char *codes;
} contract[] = {
    {400, "MALFORMED_JSON SOLD_OUT RESERVATION_FAILED SALE_NOT_OPEN SALE_ENDED LIMIT_PER_ORDER LIMIT_PER_PHONE "
          "AMOUNT_MISMATCH"},
    {401, "UNAUTHENTICATED"},
    {403, "FORBIDDEN TOKEN_REQUIRED QUEUE_PASS_REQUIRED PROOF_REQUIRED"},
    {404, "NOT_FOUND"},
    {405, "METHOD_NOT_ALLOWED"},
    {409, "IDEMPOTENCY_MISMATCH INVALID_STATE ORDER_EXPIRED REFUND_CLOSED QUOTE_CHANGED TOTAL_BELOW_SOLD IN_USE"},
    {413, "BODY_TOO_LARGE"},
    {415, "UNSUPPORTED_MEDIA_TYPE"},
    {422, "VALIDATION_FAILED"},
    {423, "ACCOUNT_LOCKED"},
    {429, "RATE_LIMITED"},
    {502, "PAYMENT_PROVIDER_ERROR"},
    {503, "BUSY"},
    {504, "OUTCOME_UNKNOWN"},
};

static int http_of(const char *code, size_t len) {
    for (enum status s = 0; s < ST_COUNT; s++)
        if (strlen(status_code(s)) == len && strncmp(status_code(s), code, len) == 0) return status_http(s);
    return 0;
}

static void contract_is_kept(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof contract / sizeof *contract; i++)
        for (const char *c = contract[i].codes; *c != '\0'; c += strspn(c, " ")) {
            size_t len = strcspn(c, " ");
            assert_int_equal(http_of(c, len), contract[i].http);
            c += len;
        }
}

static void every_status_is_complete_and_its_code_its_own(void **state) {
    (void)state;
    for (enum status s = 0; s < ST_COUNT; s++) {
        assert_in_range(status_http(s), 200, 504);
        assert_non_null(status_code(s));
        assert_int_equal(strspn(status_code(s), "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"), strlen(status_code(s)));
        for (enum status t = 0; t < s; t++) assert_string_not_equal(status_code(s), status_code(t));
        assert_int_equal(status_is_success(s), status_http(s) < 300);
    }
}

static void details_are_in_their_language(void **state) {
    (void)state;
    for (enum status s = 0; s < ST_COUNT; s++) {
        const char *ko = status_detail(s, LANG_KO), *en = status_detail(s, LANG_EN);
        assert_true(utf8_valid(ko, strlen(ko)));
        assert_true((unsigned char)ko[0] >= 0xEA || strstr(ko, "JSON") != NULL); /* starts with Hangul */
        for (const char *c = en; *c != '\0'; c++) assert_in_range(*c, 0x20, 0x7E);
        assert_true(strlen(en) > 0);
    }
    assert_string_equal(status_detail(ST_SOLD_OUT, LANG_KO), "재고 부족");
    assert_string_equal(status_detail(ST_RESERVATION_FAILED, LANG_KO), "예약 실패");
}

static void foreign_numbers_are_internal_errors(void **state) {
    (void)state;
    assert_int_equal(status_http(ST_COUNT), 500);
    assert_string_equal(status_code((enum status)9999), "INTERNAL");
    assert_string_equal(status_detail((enum status) - 1, LANG_EN), status_detail(ST_INTERNAL, LANG_EN));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contract_is_kept),
        cmocka_unit_test(every_status_is_complete_and_its_code_its_own),
        cmocka_unit_test(details_are_in_their_language),
        cmocka_unit_test(foreign_numbers_are_internal_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

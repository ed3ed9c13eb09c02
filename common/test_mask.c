#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "arena.h"
#include "mask.h"

static void names(void **state) {
    (void)state;
    static const struct {
        const char *name, *masked;
    } cases[] = {
        {"홍길동", "홍*동"},  {"홍길", "홍*"}, {"홍", "*"}, {"남궁민수", "남**수"}, {"", ""},
        {"Kim Su", "K****u"}, {"김a", "김*"},  {"é", "*"},
    };
    struct arena *a = arena_new(4096);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(mask_name(a, cases[i].name), cases[i].masked);
    arena_free(&a);
}

static void phones(void **state) {
    (void)state;
    static const struct {
        const char *phone, *masked;
    } cases[] = {
        {"01012345678", "010-****-**78"},
        {"0111234567", "011-***-**67"},
        {"021234567", "02-***-**67"},
        {"0212345678", "02-****-**78"},
        {"", "****"},
        {"123", "****"},
        {"010-1234-5678", "****"},
    };
    struct arena *a = arena_new(4096);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(mask_phone(a, cases[i].phone), cases[i].masked);
    arena_free(&a);
}

static void texts(void **state) {
    (void)state;
    static const struct {
        const char *text, *masked;
    } cases[] = {
        {"", ""},
        {"고객 요청", "고객 요청"},
        {"010-1234-5678로 전화", "010-****-**78로 전화"},
        {"01012345678", "010******78"},
        {"02 123 4567", "02 1** **67"},
        {"계좌 110123456789, 내일", "계좌 110*******89, 내일"},
        {"ORD20261122AB3DEF7XYZ", "ORD20261122AB3DEF7XYZ"},
        {"ORD20261122770FP0GMF3", "ORD20261122770FP0GMF3"},
        {"2026-11-22 14:00", "2026-11-22 14:00"},
        {"12 - 34", "12 - 34"},
        {"gildong.hong@example.com 앞으로", "g***********@example.com 앞으로"},
        {"@", "@"},
        {"a@b", "a@b"},
        {"홍길동@ex.com", "홍**@ex.com"},
        {"<kim+a@b.kr>,lee@b.kr", "<k****@b.kr>,l**@b.kr"},
        {"+82 10 1234 5678", "+82 1* **** **78"},
        {"+82-(0)10-1234-5678", "+82-(0)**-****-**78"},
        {"(010) 1234-5678", "(010) ****-**78"},
        {"010/1234/5678", "010/****/**78"},
        {"010.1234.5678", "010.****.**78"},
        {"010\u20131234\u20135678", "010\u2013****\u2013**78"},
        {"010  1234 - 5678", "010  **** - **78"},
        {"０１０－１２３４－５６７８", "０１０－****－**７８"},
        {"국민 110 234 567890", "국민 110 *** ****90"},
        {"1002-12-345678", "100*-**-****78"},
        {"2012-12-12-345678", "201*-**-**-****78"},
        {"A01012345678B", "A010******78B"},
        {"ORD01012345678", "ORD010******78"},
        {"주문 ORD20261122770FP0GMF3, ORD202611221234567890", "주문 ORD20261122770FP0GMF3, ORD202611221234567890"},
        {"2026. 11. 22. 14:00 - 2026-11-23 15:00", "2026. 11. 22. 14:00 - 2026-11-23 15:00"},
        {"2026-11-22/2026-12-01", "2026-11-22/2026-12-01"},
        {"2026-11-22 010 1234 5678", "2026-11-22 010 **** **78"},
        {"20261122, 12,000원 3매", "20261122, 12,000원 3매"},
    };
    struct arena *a = arena_new(4096);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(mask_text(a, cases[i].text), cases[i].masked);
    arena_free(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(names), cmocka_unit_test(phones), cmocka_unit_test(texts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

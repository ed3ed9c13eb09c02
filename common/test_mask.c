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

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(names), cmocka_unit_test(phones)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

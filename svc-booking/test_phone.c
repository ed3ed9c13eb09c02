#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "phone.h"

static void right(void **state) {
    (void)state;
    static const struct {
        const char *text, *normal;
    } cases[] = {
        {"010-1234-5678", "01012345678"}, {"01012345678", "01012345678"},   {"+82-10-1234-5678", "01012345678"},
        {"+821012345678", "01012345678"}, {"011-123-4567", "0111234567"},   {"02-123-4567", "021234567"},
        {"031-1234-5678", "03112345678"}, {"070-1234-5678", "07012345678"}, {"0504-1234-5678", "050412345678"},
    };
    char out[PHONE_MAX + 1];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(phone_normalise(cases[i].text, out));
        assert_string_equal(out, cases[i].normal);
    }
}

static void wrong(void **state) {
    (void)state;
    static const char *const cases[] = {
        "",
        "1",
        "010",
        "010-1234-567",
        "010-1234-56789",
        "1012345678",
        "110-1234-5678",
        "010--1234-5678",
        "-01012345678",
        "01012345678-",
        "010 1234 5678",
        "010-1234-567a",
        "+82010-1234-5678",
        "+1-202-555-0100",
        "0000000000",
        "012-345-6789",
        "010-1234-5678-9012-3456",
        "０１０12345678",
    };
    char out[PHONE_MAX + 1];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_false(phone_normalise(cases[i], out));
        assert_string_equal(out, "");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(right), cmocka_unit_test(wrong)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

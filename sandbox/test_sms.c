#include "common/test_arena.h"
#include "sms.h"

static void counted_in_euc_kr(void **state) {
    (void)state;
    assert_int_equal(sms_bytes(""), 0);
    assert_int_equal(sms_bytes("abc"), 3);
    assert_int_equal(sms_bytes("가a나"), 5);
    assert_int_equal(sms_bytes("웃음 😀"), -1);
    assert_int_equal(sms_bytes("뷁"), -1); /* one of the syllables that EUC-KR has not */
}

static void cut_between_characters(void **state) {
    assert_string_equal(sms_cut(*state, "가나다", 6), "가나다");
    assert_string_equal(sms_cut(*state, "가나다", 5), "가나");
    assert_string_equal(sms_cut(*state, "가나다", 0), "");
    assert_null(sms_cut(*state, "가😀", 2));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counted_in_euc_kr),
        cmocka_unit_test_setup_teardown(cut_between_characters, make_arena, drop_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

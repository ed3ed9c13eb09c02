#include "otp.h"
#include "common/arena.h"
#include "common/test_arena.h"

#include <string.h>

/* RFC 6238, appendix B, SHA-1: its eight digits end with our six. */
static const uint8_t secret[OTP_SECRET_LEN + 1] = "12345678901234567890";
static const struct {
    int64_t seconds;
    const char *code;
} vectors[] = {
    {59, "287082"},         {1111111109, "081804"}, {1111111111, "050471"},
    {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"},
};

static void codes_are_those_of_the_standard(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        int64_t step = vectors[i].seconds / 30;
        assert_int_equal(otp_match(secret, vectors[i].code, vectors[i].seconds * 1000, 0), step);
    }
}

static void a_code_is_good_for_three_steps_and_once(void **state) {
    const char *code = "005924";
    int64_t at = 1234567890LL / 30, start = at * OTP_STEP_MS;
    (void)state;
    assert_int_equal(otp_match(secret, code, start - OTP_STEP_MS - 1, 0), 0);
    assert_int_equal(otp_match(secret, code, start - OTP_STEP_MS, 0), at);
    assert_int_equal(otp_match(secret, code, start + 2 * OTP_STEP_MS - 1, 0), at);
    assert_int_equal(otp_match(secret, code, start + 2 * OTP_STEP_MS, 0), 0);
    assert_int_equal(otp_match(secret, code, start, at - 1), at);
    assert_int_equal(otp_match(secret, code, start, at), 0);
    assert_int_equal(otp_match(secret, code, start, at + 1), 0);
}

static void what_is_no_code_is_none(void **state) {
    static const char *const wrong[] = {"", "00592", "0059244", "00592a", " 05924", "005925", "------"};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(otp_match(secret, wrong[i], 1234567890000, 0), 0);
}

static void an_authenticator_is_told_the_secret(void **state) {
    const char *text = otp_secret_text(*state, secret);
    assert_string_equal(text, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    assert_int_equal(strlen(text), OTP_TEXT_LEN);
    assert_string_equal(otp_uri(*state, "kim", text),
                        "otpauth://totp/Exhibition:kim?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Exhibition&"
                        "algorithm=SHA1&digits=6&period=30");
}

static void recovery_codes_are_made_again_from_their_row(void **state) {
    char one[RECOVERY_CODE_LEN + 1], other[RECOVERY_CODE_LEN + 1];
    (void)state;
    otp_recovery_code("key", 1, 2, 3, one);
    otp_recovery_code("key", 1, 2, 3, other);
    assert_string_equal(one, other);
    assert_int_equal(strspn(one, "0123456789"), RECOVERY_CODE_LEN);
    const struct {
        const char *key;
        int64_t user, serial;
        size_t i;
    } rows[] = {{"keys", 1, 2, 3}, {"key", 2, 2, 3}, {"key", 1, 3, 3}, {"key", 1, 2, 4}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        otp_recovery_code(rows[i].key, rows[i].user, rows[i].serial, rows[i].i, other);
        assert_string_not_equal(one, other);
    }
}

static void recovery_codes_are_read_as_people_type_them(void **state) {
    char code[RECOVERY_CODE_LEN + 1];
    (void)state;
    assert_true(otp_read_recovery_code("1234-5678 9012", code));
    assert_string_equal(code, "123456789012");
    assert_false(otp_read_recovery_code("12345678901", code));
    assert_false(otp_read_recovery_code("1234567890123", code));
    assert_false(otp_read_recovery_code("12345678901a", code));
    assert_false(otp_read_recovery_code("", code));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_are_those_of_the_standard),
        cmocka_unit_test(a_code_is_good_for_three_steps_and_once),
        cmocka_unit_test(what_is_no_code_is_none),
        cmocka_unit_test(an_authenticator_is_told_the_secret),
        cmocka_unit_test(recovery_codes_are_made_again_from_their_row),
        cmocka_unit_test(recovery_codes_are_read_as_people_type_them),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}

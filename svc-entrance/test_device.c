#include "device.h"
#include "common/jwt.h"
#include "common/test_arena.h"

#include <string.h>

#define KEY "secret-of-the-device-tokens-0123456789"

static void a_code_is_made_again_from_its_row(void **state) {
    char one[ENROLL_CODE_LEN + 1], again[ENROLL_CODE_LEN + 1], other[ENROLL_CODE_LEN + 1];
    (void)state;
    device_enroll_code(KEY, 7, 1000, one);
    device_enroll_code(KEY, 7, 1000, again);
    assert_string_equal(one, again);
    assert_int_equal(strlen(one), ENROLL_CODE_LEN);
    device_enroll_code(KEY, 8, 1000, other);
    assert_string_not_equal(one, other);
    device_enroll_code(KEY, 7, 1001, other);
    assert_string_not_equal(one, other);
    device_enroll_code(KEY "x", 7, 1000, other);
    assert_string_not_equal(one, other);
}

static void a_code_is_read_as_people_type_it(void **state) {
    static const struct {
        const char *typed, *code;
    } rows[] = {
        {"0123456789", "0123456789"},
        {"abcde-fghjk", "ABCDEFGHJK"},
        {" ol iolio li o", "0110110110"},
        {"ABCDEFGHJ", NULL},
        {"ABCDEFGHJKM", NULL},
        {"ABCDEFGHJU", NULL},
        {"ABCDE.FGHJK", NULL},
        {"", NULL},
        {"한국", NULL},
    };
    char code[ENROLL_CODE_LEN + 1];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(device_read_code(rows[i].typed, code), rows[i].code != NULL);
        if (rows[i].code != NULL) assert_string_equal(code, rows[i].code);
    }
}

static void what_is_stored_does_not_tell_the_code(void **state) {
    uint8_t one[SHA256_LEN], other[SHA256_LEN];
    (void)state;
    device_code_hash("0123456789", one);
    device_code_hash("0123456788", other);
    assert_memory_not_equal(one, other, SHA256_LEN);
}

static void a_token_says_which_device_it_is(void **state) {
    const struct device_grant g = {.id = 7, .until_ms = 1800000000000, .exhibition_code = "aaa", .name = "north"};
    struct staff_claims claims;
    const char *token = device_token(*state, KEY, &g);
    assert_non_null(token);
    assert_int_equal(jwt_check(*state, KEY, ROLE_DEVICE, token, g.until_ms - 1, &claims), 0);
    assert_int_equal(claims.user_id, 7);
    assert_string_equal(claims.scope, "aaa");
    assert_int_equal(jwt_check(*state, KEY, ROLE_DEVICE, token, g.until_ms, &claims), -1);
    assert_int_equal(jwt_check(*state, KEY, ROLES_ALL_STAFF, token, g.until_ms - 1, &claims), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_code_is_made_again_from_its_row),
        cmocka_unit_test(a_code_is_read_as_people_type_it),
        cmocka_unit_test(what_is_stored_does_not_tell_the_code),
        cmocka_unit_test(a_token_says_which_device_it_is),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}

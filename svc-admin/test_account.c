#include "account.h"
#include "common/json.h"
#include "common/jwt.h"
#include "common/strbuf.h"
#include "common/test_arena.h"

#include <string.h>

static void names_are_kept_in_small_letters(void **state) {
    static const struct {
        const char *typed, *name;
    } rows[] = {
        {"admin", "admin"}, {"Kim.Min-Su_2", "kim.min-su_2"},
        {"ab", "ab"},       {"a", NULL},
        {"", NULL},         {"kim min", NULL},
        {"kim'--", NULL},   {"김철수", NULL},
        {"a\n", NULL},
    };
    char name[USERNAME_MAX + 1], longest[USERNAME_MAX + 2];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(account_name(rows[i].typed, name), rows[i].name != NULL);
        if (rows[i].name != NULL) assert_string_equal(name, rows[i].name);
    }
    memset(longest, 'x', sizeof longest);
    longest[USERNAME_MAX + 1] = '\0';
    assert_false(account_name(longest, name));
    longest[USERNAME_MAX] = '\0';
    assert_true(account_name(longest, name));
}

static void codes_of_exhibitions(void **state) {
    static const char *const none[] = {"", "-a", "A", "a,b", "a b", "**", "a*", "한"};
    (void)state;
    assert_true(account_code_valid("*"));
    assert_true(account_code_valid("aaa-2026"));
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) assert_false(account_code_valid(none[i]));
}

static void a_scope_covers_what_it_names(void **state) {
    static const struct {
        const char *inner, *outer;
        bool within;
    } rows[] = {
        {"aaa", "aaa", true},         {"aaa", "aaa,bbb", true},
        {"bbb,aaa", "aaa,bbb", true}, {"aaa,ccc", "aaa,bbb", false},
        {"aaa", "*", true},           {"*", "*", true},
        {"*", "aaa", false},          {"aa", "aaa", false},
        {"aaa", "aa,aaaa", false},    {"aaa", "", false},
        {"aaa,bbb", "*", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(account_scope_within(rows[i].inner, rows[i].outer), rows[i].within);
}

static void who_manages_whom(void **state) {
    static const struct {
        enum role role;
        const char *scope;
        enum role target;
        const char *target_scope;
        bool may;
    } rows[] = {
        {ROLE_SUPERADMIN, "*", ROLE_SUPERADMIN, "*", true},
        {ROLE_SUPERADMIN, "*", ROLE_VIEWER, "aaa", true},
        {ROLE_MANAGER, "aaa,bbb", ROLE_STAFF, "aaa", true},
        {ROLE_MANAGER, "aaa,bbb", ROLE_FINANCE, "bbb,aaa", true},
        {ROLE_MANAGER, "aaa,bbb", ROLE_VIEWER, "bbb", true},
        {ROLE_MANAGER, "aaa,bbb", ROLE_STAFF, "ccc", false},
        {ROLE_MANAGER, "aaa,bbb", ROLE_STAFF, "aaa,ccc", false},
        {ROLE_MANAGER, "aaa,bbb", ROLE_STAFF, "*", false},
        {ROLE_MANAGER, "*", ROLE_STAFF, "*", true},
        {ROLE_MANAGER, "*", ROLE_MANAGER, "aaa", false},
        {ROLE_MANAGER, "*", ROLE_SUPERADMIN, "*", false},
        {ROLE_FINANCE, "*", ROLE_VIEWER, "aaa", false},
        {ROLE_STAFF, "*", ROLE_VIEWER, "aaa", false},
        {ROLE_VIEWER, "*", ROLE_VIEWER, "aaa", false},
        {ROLE_ENROLLING, "*", ROLE_VIEWER, "aaa", false},
        {ROLE_VISITOR, "", ROLE_VIEWER, "aaa", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(account_may_manage(rows[i].role, rows[i].scope, rows[i].target, rows[i].target_scope),
                         rows[i].may);
}

static void a_role_that_needs_a_second_factor_enrolls_first(void **state) {
    (void)state;
    unsigned roles;
    assert_true(account_roles_read("", &roles));
    assert_int_equal(account_effective_role(ROLE_MANAGER, roles, false), ROLE_MANAGER);
    assert_true(account_roles_read("superadmin,admin", &roles)); /* the guide's admin is a manager */
    assert_int_equal(account_effective_role(ROLE_MANAGER, roles, false), ROLE_ENROLLING);
    assert_int_equal(account_effective_role(ROLE_SUPERADMIN, roles, false), ROLE_ENROLLING);
    assert_int_equal(account_effective_role(ROLE_MANAGER, roles, true), ROLE_MANAGER);
    assert_int_equal(account_effective_role(ROLE_STAFF, roles, false), ROLE_STAFF);
    static const char *const none[] = {"managers",       "manager, staff",
                                       "visitor",        "device",
                                       "enrolling",      ",",
                                       "manager,,staff", "a-name-that-is-far-too-long-for-a-role"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) assert_false(account_roles_read(none[i], &roles));
}

static void the_widest_scope_fits_into_a_token(void **state) {
    struct strbuf scope;
    strbuf_init(&scope, *state, ACCOUNT_CODES_MAX * (EXHIBITION_CODE_MAX + 1));
    for (size_t i = 0; i < ACCOUNT_CODES_MAX; i++)
        strbuf_printf(&scope, "%s%0*zu", i > 0 ? "," : "", EXHIBITION_CODE_MAX, i);
    assert_true(strbuf_ok(&scope));
    const struct staff_claims claims = {
        .user_id = INT64_MAX,
        .role = ROLE_SUPERADMIN, /* the longest name of a role */
        .scope = scope.data,
        .session = "0123456789012345678901234567890123456789012345678901234567890123",
        .version = INT64_MAX,
        .expires_ms = INT64_MAX,
    };
    const char *token = jwt_make(*state, "a key of at least 32 bytes: 0123", &claims);
    assert_non_null(token);
    assert_true(strlen(token) <= JWT_MAX);
}

static void nobody_sees_secrets(void **state) {
    const struct account account = {
        .id = 7,
        .username = "kim",
        .role = ROLE_STAFF,
        .scope = "aaa,bbb",
        .active = true,
        .password_hash = "hash",
        .otp_secret = "sealed",
    };
    struct strbuf out;
    strbuf_init(&out, *state, 1024);
    account_write(&(struct json_out){.b = &out}, NULL, *state, &account);
    assert_string_equal(out.data, "{\"id\":7,\"username\":\"kim\",\"role\":\"staff\",\"exhibition_codes\":[\"aaa\","
                                  "\"bbb\"],\"is_active\":true,\"last_login\":null,\"created_at\":null,"
                                  "\"otp_enabled\":false}");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_kept_in_small_letters),
        cmocka_unit_test(codes_of_exhibitions),
        cmocka_unit_test(a_scope_covers_what_it_names),
        cmocka_unit_test(who_manages_whom),
        cmocka_unit_test(a_role_that_needs_a_second_factor_enrolls_first),
        cmocka_unit_test(the_widest_scope_fits_into_a_token),
        cmocka_unit_test(nobody_sees_secrets),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}

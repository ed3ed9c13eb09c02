#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "role.h"

static void names_and_roles(void **state) {
    (void)state;
    static const char *const names[] = {"visitor",    "viewer",  "staff",  "finance",  "manager",
                                        "superadmin", "service", "device", "enrolling"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_int_equal(role_parse(names[i]), 1 << i);
        assert_string_equal(role_name((enum role)(1 << i)), names[i]);
    }
    assert_int_equal(role_parse("admin"), ROLE_MANAGER);
}

static void nothing_else_is_a_role(void **state) {
    (void)state;
    static const char *const bad[] = {"", "Manager", "manager ", "root", "staf", "staffs", "*"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) assert_int_equal(role_parse(bad[i]), 0);
    assert_string_equal(role_name(0), "");
    assert_string_equal(role_name((enum role)ROLES_ALL_STAFF), "");
    assert_int_equal(ROLES_ALL_STAFF & (ROLE_VISITOR | ROLE_SERVICE | ROLE_DEVICE), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_roles),
        cmocka_unit_test(nothing_else_is_a_role),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rights.h"

static void known_ops_have_their_roles(void **state) {
    (void)state;
    assert_int_equal(rights_of("booking", "exhibition.create"), ROLE_SUPERADMIN);
    assert_int_equal(rights_of("booking", "exhibition.update"), ROLE_MANAGER | ROLE_SUPERADMIN);
    assert_int_equal(rights_of("booking", "order.create"), ROLE_VISITOR | ROLES_ALL_STAFF);
    assert_int_equal(rights_of("entrance", "ping"), ROLES_EVERY);
}

static void what_has_no_row_is_for_services(void **state) {
    (void)state;
    static const char *const ops[] = {"", "order", "order.creat", "order.create2", "Order.create"};
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) assert_int_equal(rights_of("booking", ops[i]), ROLE_SERVICE);
    assert_int_equal(rights_of("payment", "order.create"), ROLE_SERVICE);
    assert_int_equal(rights_of("*", "order.create"), ROLE_SERVICE);
}

static void a_part_has_roles_of_its_own(void **state) {
    (void)state;
    assert_int_equal(rights_of_part("booking", "order.patch", "memo"), ROLE_STAFF | ROLE_MANAGER | ROLE_SUPERADMIN);
    assert_int_equal(rights_of_part("booking", "order.patch", "cancel"), ROLE_FINANCE | ROLE_MANAGER | ROLE_SUPERADMIN);
    assert_int_equal(rights_of_part("booking", "order.detail", "code"), ROLE_STAFF | ROLE_MANAGER | ROLE_SUPERADMIN);
    static const char *const none[] = {"", "mem", "memos", "refund"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_int_equal(rights_of_part("booking", "order.patch", none[i]), 0);
    assert_int_equal(rights_of_part("notify", "order.patch", "memo"), 0);
    assert_int_equal(rights_of_part("booking", "order", "patch"), 0);
}

static void every_row_counts(void **state) {
    (void)state;
    for (size_t i = 0; i < rights_count; i++) {
        const struct right *r = &rights[i];
        assert_int_not_equal(r->roles, 0);
        assert_int_equal(r->roles & ~(unsigned)ROLES_EVERY, 0);
        for (size_t k = 0; k < i; k++)
            assert_false(strcmp(rights[k].op, r->op) == 0 &&
                         (strcmp(rights[k].service, r->service) == 0 || strcmp(rights[k].service, "*") == 0));
        if (strchr(r->op, '/') == NULL && strcmp(r->service, "*") != 0)
            assert_int_equal(rights_of(r->service, r->op), r->roles);
    }
}

/* Whoever may do a part must get past the op itself. */
static void parts_lie_within_their_op(void **state) {
    (void)state;
    for (size_t i = 0; i < rights_count; i++) {
        const char *slash = strchr(rights[i].op, '/');
        if (slash == NULL) continue;
        char op[64];
        size_t n = (size_t)(slash - rights[i].op);
        assert_true(n < sizeof op);
        memcpy(op, rights[i].op, n);
        op[n] = '\0';
        assert_int_equal(rights_of_part(rights[i].service, op, slash + 1), rights[i].roles);
        assert_int_equal(rights[i].roles & ~rights_of(rights[i].service, op), 0);
    }
}

/* Who has not set up the second factor that the role demands does nothing but that. */
static void enrolling_reaches_its_own_account_only(void **state) {
    (void)state;
    for (size_t i = 0; i < rights_count; i++)
        if ((rights[i].roles & ROLE_ENROLLING) != 0 && strcmp(rights[i].service, "*") != 0)
            assert_string_equal(rights[i].service, "admin");
    assert_int_equal(rights_of("admin", "user.create") & ROLE_ENROLLING, 0);
    assert_int_not_equal(rights_of("admin", "otp.create") & ROLE_ENROLLING, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_ops_have_their_roles),  cmocka_unit_test(what_has_no_row_is_for_services),
        cmocka_unit_test(a_part_has_roles_of_its_own), cmocka_unit_test(every_row_counts),
        cmocka_unit_test(parts_lie_within_their_op),   cmocka_unit_test(enrolling_reaches_its_own_account_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

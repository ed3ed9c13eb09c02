#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "routes.h"

static void found(void **state) {
    (void)state;
    static const struct {
        const char *method, *path, *target, *param;
    } cases[] = {
        {"POST", "/v1/payments", "toss.create", ""},
        {"POST", "/v1/payments/confirm", "toss.confirm", ""},
        {"GET", "/v1/payments/abc", "toss.get", "abc"},
        {"GET", "/v1/payments/orders/abc", "toss.get", "abc"},
        {"POST", "/v1/payments/abc/cancel", "toss.cancel", "abc"},
        {"GET", "/v1/transactions", "toss.transactions", ""},
        {"POST", "/v1/virtual-accounts", "toss.virtual_accounts", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char param[32];
        bool known;
        const struct route *r = route_find(cases[i].method, cases[i].path, param, sizeof param, &known);
        assert_non_null(r);
        assert_string_equal(r->target, cases[i].target);
        assert_string_equal(param, cases[i].param);
    }
}

static void not_found(void **state) {
    (void)state;
    static const struct {
        const char *method, *path;
        bool known;
    } cases[] = {
        {"GET", "/", false},
        {"GET", "", false},
        {"GET", "/v1/payments/", false},
        {"GET", "/v1/payments/a/b", false},
        {"GET", "/v1/payments/abc/cancel/", false},
        {"GET", "/v1/payments/0123456789012345678901234567890123456789", false}, /* longer than any key */
        {"DELETE", "/v1/payments", true},
        {"PUT", "/v1/payments/abc/cancel", true},
        {"get", "/v1/transactions", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char param[32];
        bool known;
        assert_null(route_find(cases[i].method, cases[i].path, param, sizeof param, &known));
        assert_int_equal(known, cases[i].known);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(found), cmocka_unit_test(not_found)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

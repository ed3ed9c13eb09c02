#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "routes.h"

#define FIFTY "01234567890123456789012345678901234567890123456789"
#define TOO_LONG FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY /* for any key */

static void found(void **state) {
    (void)state;
    static const struct {
        const char *method, *path, *target, *param, *second;
    } cases[] = {
        {"POST", "/v1/payments", "toss.create", "", ""},
        {"POST", "/v1/payments/confirm", "toss.confirm", "", ""},
        {"GET", "/v1/payments/abc", "toss.get", "abc", ""},
        {"GET", "/v1/payments/orders/abc", "toss.get", "abc", ""},
        {"POST", "/v1/payments/abc/cancel", "toss.cancel", "abc", ""},
        {"GET", "/v1/transactions", "toss.transactions", "", ""},
        {"POST", "/v1/virtual-accounts", "toss.virtual_accounts", "", ""},
        {"POST", "/alimtalk/v2.3/appkeys/app/messages", "alimtalk.send", "app", ""},
        {"GET", "/alimtalk/v2.3/appkeys/app/messages/20260301/7", "alimtalk.list", "app", "20260301"},
        {"GET", "/alimtalk/v2.3/appkeys/app/message-results/count", "alimtalk.result", "app", ""},
        {"GET", "/alimtalk/v2.3/appkeys/app/senders/key/templates/PAID", "alimtalk.template", "app", "key"},
        {"PUT", "/v2/info/message/results/complete/17", "kakaoi.result", "17", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct route_params params;
        bool other_method;
        const struct route *r = route_find(cases[i].method, cases[i].path, &params, &other_method);
        assert_non_null(r);
        assert_string_equal(r->target, cases[i].target);
        assert_string_equal(params.at[0], cases[i].param);
        assert_string_equal(params.at[1], cases[i].second);
    }
}

static void not_found(void **state) {
    (void)state;
    static const struct {
        const char *method, *path;
        bool other_method;
    } cases[] = {
        {"GET", "/", false},
        {"GET", "", false},
        {"GET", "/v1/payments/", false},
        {"GET", "/v1/payments/a/b", false},
        {"GET", "/v1/payments/abc/cancel/", false},
        {"GET", "/v1/payments/" TOO_LONG, false},
        {"GET", "/alimtalk/v2.3/appkeys/app/messages/1", false},
        {"DELETE", "/v1/payments", true},
        {"PUT", "/v1/payments/abc/cancel", true},
        {"get", "/v1/transactions", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct route_params params;
        bool other_method;
        assert_null(route_find(cases[i].method, cases[i].path, &params, &other_method));
        assert_int_equal(other_method, cases[i].other_method);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(found), cmocka_unit_test(not_found)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

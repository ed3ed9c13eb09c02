/* routes - see routes.h. */
#include "routes.h"
#include <string.h>

/* clang-format off */
static const struct route table[] = {
    {"POST", "/v1/payments",              "toss.create",           toss_create, NULL},
    {"POST", "/v1/payments/confirm",      "toss.confirm",          toss_confirm, toss_confirm_refused},
    {"GET",  "/v1/payments/:",            "toss.get",              toss_get, NULL},
    {"GET",  "/v1/payments/orders/:",     "toss.get",              toss_get_by_order, NULL},
    {"POST", "/v1/payments/:/cancel",     "toss.cancel",           toss_cancel, NULL},
    {"POST", "/v1/virtual-accounts",      "toss.virtual_accounts", toss_virtual_account, NULL},
    {"GET",  "/v1/transactions",          "toss.transactions",     toss_transactions, NULL},

    {"GET",  "/v1/payments/:/checkout",   NULL,                    checkout_page, NULL},
    {"POST", "/v1/payments/:/checkout",   NULL,                    checkout_pressed, NULL},
    {"GET",  "/v1/payments/:/receipt",    NULL,                    receipt_page, NULL},
    {"GET",  "/v2/standard",              NULL,                    sdk_script, NULL},
    {"POST", "/sandbox/toss/window",      NULL,                    window_open, NULL},

    {"POST", "/sandbox/toss/checkout",    NULL,                    control_checkout, NULL},
    {"POST", "/sandbox/toss/deposit",     NULL,                    control_deposit, NULL},
    {"POST", "/sandbox/toss/cancel",      NULL,                    control_cancel, NULL},
    {"POST", "/sandbox/faults",           NULL,                    control_arm, NULL},
    {"GET",  "/sandbox/faults",           NULL,                    control_faults, NULL},
    {"POST", "/sandbox/reset",            NULL,                    control_reset, NULL},
    {"GET",  "/sandbox/calls",            NULL,                    control_calls, NULL},
    {"GET",  "/sandbox/payments",         NULL,                    control_payments, NULL},
    {"GET",  "/sandbox/webhooks",         NULL,                    control_webhooks, NULL},
};
/* clang-format on */

static bool fits(const char *pattern, const char *path, char *param, size_t cap) {
    *param = '\0';
    while (*pattern != '\0' && *path != '\0') {
        if (*pattern == ':') {
            size_t n = strcspn(path, "/");
            if (n == 0 || n >= cap) return false;
            memcpy(param, path, n);
            param[n] = '\0';
            pattern++;
            path += n;
        } else if (*pattern++ != *path++) {
            return false;
        }
    }
    return *pattern == *path;
}

const struct route *route_find(const char *method, const char *path, char *param, size_t cap, bool *known) {
    *known = false;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (!fits(table[i].pattern, path, param, cap)) continue;
        if (strcmp(table[i].method, method) == 0) return &table[i];
        *known = true;
    }
    return NULL;
}

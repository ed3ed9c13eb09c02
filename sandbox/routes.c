/* routes - see routes.h. */
#include "routes.h"
#include <string.h>

#define NHN NHN_PREFIX "v2.3/appkeys/:"

/* clang-format off */
static const struct route table[] = {
    {"POST", "/v1/payments",              &toss_api, "toss.create",           toss_create, NULL},
    {"POST", "/v1/payments/confirm",      &toss_api, "toss.confirm",          toss_confirm, toss_confirm_refused},
    {"GET",  "/v1/payments/:",            &toss_api, "toss.get",              toss_get, NULL},
    {"GET",  "/v1/payments/orders/:",     &toss_api, "toss.get",              toss_get_by_order, NULL},
    {"POST", "/v1/payments/:/cancel",     &toss_api, "toss.cancel",           toss_cancel, NULL},
    {"POST", "/v1/virtual-accounts",      &toss_api, "toss.virtual_accounts", toss_virtual_account, NULL},
    {"GET",  "/v1/transactions",          &toss_api, "toss.transactions",     toss_transactions, NULL},

    {"GET",  "/v1/payments/:/checkout",   NULL, NULL,                         checkout_page, NULL},
    {"POST", "/v1/payments/:/checkout",   NULL, NULL,                         checkout_pressed, NULL},
    {"GET",  "/v1/payments/:/receipt",    NULL, NULL,                         receipt_page, NULL},
    {"GET",  "/v2/standard",              NULL, NULL,                         sdk_script, NULL},
    {"POST", "/sandbox/toss/window",      NULL, NULL,                         window_open, NULL},

    {"POST", NHN "/messages",                &nhn_api, "alimtalk.send",       nhn_messages, NULL},
    {"POST", NHN "/raw-messages",            &nhn_api, "alimtalk.send",       nhn_raw_messages, NULL},
    {"GET",  NHN "/messages",                &nhn_api, "alimtalk.list",       nhn_list, NULL},
    {"GET",  NHN "/messages/:/:",            &nhn_api, "alimtalk.list",       nhn_single, NULL},
    {"GET",  NHN "/message-results",         &nhn_api, "alimtalk.result",     nhn_results, NULL},
    {"GET",  NHN "/message-results/count",   &nhn_api, "alimtalk.result",     nhn_results_count, NULL},
    {"GET",  NHN "/senders/:/templates",     &nhn_api, "alimtalk.template",   nhn_template_list, NULL},
    {"GET",  NHN "/senders/:/templates/:",   &nhn_api, "alimtalk.template",   nhn_template, NULL},

    {"POST", "/v2/oauth/token",                      &kakaoi_api, "kakaoi.token",  kakaoi_token, NULL},
    {"POST", "/v2/send/kakao",                       &kakaoi_api, "kakaoi.send",   kakaoi_send, NULL},
    {"GET",  "/v2/info/message/results",             &kakaoi_api, "kakaoi.result", kakaoi_results, NULL},
    {"PUT",  "/v2/info/message/results/complete/:",  &kakaoi_api, "kakaoi.result", kakaoi_complete, NULL},
    {"POST", "/v2/info/message/search",              &kakaoi_api, "kakaoi.search", kakaoi_search, NULL},
    {"GET",  "/v2/info/message/search/detail/:",     &kakaoi_api, "kakaoi.search", kakaoi_search_detail, NULL},

    {"GET",  "/inbox",                    NULL, NULL,                         inbox_page, NULL},
    {"GET",  "/inbox.json",               NULL, NULL,                         inbox_json, NULL},

    {"POST", "/sandbox/toss/checkout",    NULL, NULL,                         control_checkout, NULL},
    {"POST", "/sandbox/toss/deposit",     NULL, NULL,                         control_deposit, NULL},
    {"POST", "/sandbox/toss/cancel",      NULL, NULL,                         control_cancel, NULL},
    {"POST", "/sandbox/templates",        NULL, NULL,                         control_template, NULL},
    {"GET",  "/sandbox/templates",        NULL, NULL,                         control_templates, NULL},
    {"POST", "/sandbox/faults",           NULL, NULL,                         control_arm, NULL},
    {"GET",  "/sandbox/faults",           NULL, NULL,                         control_faults, NULL},
    {"POST", "/sandbox/reset",            NULL, NULL,                         control_reset, NULL},
    {"GET",  "/sandbox/calls",            NULL, NULL,                         control_calls, NULL},
    {"GET",  "/sandbox/payments",         NULL, NULL,                         control_payments, NULL},
    {"GET",  "/sandbox/webhooks",         NULL, NULL,                         control_webhooks, NULL},
};
/* clang-format on */

static bool fits(const char *pattern, const char *path, struct route_params *params) {
    size_t n_params = 0;
    for (size_t i = 0; i < ROUTE_PARAMS; i++) params->at[i][0] = '\0';
    while (*pattern != '\0' && *path != '\0') {
        if (*pattern == ':') {
            size_t n = strcspn(path, "/");
            if (n == 0 || n >= ROUTE_PARAM_MAX || n_params == ROUTE_PARAMS) return false;
            char *param = params->at[n_params++];
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

const struct route *route_find(const char *method, const char *path, struct route_params *params, bool *other_method) {
    *other_method = false;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (!fits(table[i].pattern, path, params)) continue;
        if (strcmp(table[i].method, method) == 0) return &table[i];
        *other_method = true;
    }
    return NULL;
}

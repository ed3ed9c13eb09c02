/* routes - the table of everything that is answered. */
#pragma once
#include "api.h"
#include "sandbox.h"

#define NHN_PREFIX "/alimtalk/"
#define NHN_IDEMPOTENCY_HEADER "X-NC-API-IDEMPOTENCY-KEY"
#define ROUTE_PARAM_MAX 256

struct route {
    const char *method, *pattern; /* a segment may be ":", it becomes a param */
    const struct api *api;        /* whose call this is; NULL: the sandbox's own */
    const char *target;           /* of a company's call: the name by which faults know it */
    void (*serve)(struct exchange *x);
    /* Of Toss's calls: what a refusal that was ordered (fault, test code) does to the payment. NULL: nothing */
    void (*refused)(struct exchange *x, const struct code *code);
};
struct route_params {
    char at[ROUTE_PARAMS][ROUTE_PARAM_MAX];
};
/* NULL: *other_method says whether there is one that would do. */
const struct route *route_find(const char *method, const char *path, struct route_params *params, bool *other_method);

/* toss_create.c */
void toss_create(struct exchange *x);
void toss_virtual_account(struct exchange *x);
void window_open(struct exchange *x);
/* toss_confirm.c */
void toss_confirm(struct exchange *x);
void toss_confirm_refused(struct exchange *x, const struct code *code);
/* toss_get.c */
void toss_get(struct exchange *x);
void toss_get_by_order(struct exchange *x);
/* toss_transactions.c */
void toss_transactions(struct exchange *x);
/* toss_cancel.c */
void toss_cancel(struct exchange *x);
/* checkout_page.c */
void checkout_page(struct exchange *x);
void checkout_pressed(struct exchange *x);
void receipt_page(struct exchange *x);
/* sdk_stub.c */
void sdk_script(struct exchange *x);
/* control.c: the buyer, the bank and Toss's console */
void control_checkout(struct exchange *x);
void control_deposit(struct exchange *x);
void control_cancel(struct exchange *x);
/* control_faults.c: what tests arm and look at */
void control_arm(struct exchange *x);
void control_faults(struct exchange *x);
void control_reset(struct exchange *x);
void control_calls(struct exchange *x);
void control_payments(struct exchange *x);
void control_webhooks(struct exchange *x);
/* nhn_send.c */
void nhn_messages(struct exchange *x);
void nhn_raw_messages(struct exchange *x);
/* nhn_read.c */
void nhn_list(struct exchange *x);
void nhn_single(struct exchange *x);
void nhn_results(struct exchange *x);
void nhn_results_count(struct exchange *x);
/* nhn_template.c */
void nhn_template(struct exchange *x);
void nhn_template_list(struct exchange *x);
/* kakaoi_token.c */
void kakaoi_token(struct exchange *x);
/* kakaoi_send.c */
void kakaoi_send(struct exchange *x);
/* kakaoi_result.c */
void kakaoi_results(struct exchange *x);
void kakaoi_complete(struct exchange *x);
void kakaoi_search(struct exchange *x);
void kakaoi_search_detail(struct exchange *x);
/* inbox.c */
void inbox_page(struct exchange *x);
void inbox_json(struct exchange *x);
/* control_templates.c: Kakao's console */
void control_template(struct exchange *x);
void control_templates(struct exchange *x);

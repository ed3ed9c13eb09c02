/* routes - the table of everything that is answered. */
#pragma once
#include "sandbox.h"

struct route {
    const char *method, *pattern; /* one segment may be ":", it becomes x->param */
    const char *target;           /* Toss's own call, by the name faults know it by; NULL: the sandbox's */
    void (*serve)(struct exchange *x);
    /* Of Toss's calls: what a refusal that was ordered (fault, test code) does to the payment. NULL: nothing */
    void (*refused)(struct exchange *x, const struct code *code);
};
/* NULL: x->param is untouched, *known says whether another method would do. */
const struct route *route_find(const char *method, const char *path, char *param, size_t cap, bool *known);

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

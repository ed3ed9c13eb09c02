/* methods - ways to pay. One row per way; everything that differs between them by a value is a column here. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum method { METHOD_NONE, METHOD_CARD, METHOD_TRANSFER, METHOD_VIRTUAL_ACCOUNT, METHOD_MOBILE_PHONE, METHOD_COUNT };

struct method_info {
    const char *word;       /* in control calls and forms: "virtual_account" */
    const char *code;       /* as the SDK spells it: "VIRTUAL_ACCOUNT" */
    const char *name;       /* in the Payment object: "가상계좌" */
    const char *label;      /* on the checkout page */
    int64_t min_amount;     /* won */
    int64_t refund_days;    /* after approval; 0: no limit */
    bool refund_same_month; /* only within the calendar month of the approval */
};
extern const struct method_info method_table[METHOD_COUNT];

/* By code or Korean name, as POST /v1/payments takes it; METHOD_NONE: not supported. */
enum method method_of_api(const char *text);
/* By the word of control calls; METHOD_NONE: none of them. */
enum method method_of_word(const char *word);

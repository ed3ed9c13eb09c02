/* methods - see methods.h. Minimum amounts: BELOW_MINIMUM_AMOUNT; refund periods: Toss's guide to cancelling. */
#include "methods.h"
#include <stddef.h>
#include <string.h>

const struct method_info method_table[METHOD_COUNT] = {
    [METHOD_CARD] = {"card", "CARD", "카드", "카드", 100, 0, false},
    [METHOD_TRANSFER] = {"transfer", "TRANSFER", "계좌이체", "계좌이체", 200, 180, false},
    [METHOD_VIRTUAL_ACCOUNT] = {"virtual_account", "VIRTUAL_ACCOUNT", "가상계좌", "가상계좌(무통장입금)", 200, 365,
                                false},
    [METHOD_MOBILE_PHONE] = {"mobile_phone", "MOBILE_PHONE", "휴대폰", "휴대폰", 100, 0, true},
};

enum method method_of_api(const char *text) {
    for (int m = METHOD_NONE + 1; m < METHOD_COUNT; m++)
        if (strcmp(text, method_table[m].code) == 0 || strcmp(text, method_table[m].name) == 0) return (enum method)m;
    return METHOD_NONE;
}

enum method method_of_word(const char *word) {
    for (int m = METHOD_NONE + 1; m < METHOD_COUNT; m++)
        if (strcmp(word, method_table[m].word) == 0) return (enum method)m;
    return METHOD_NONE;
}

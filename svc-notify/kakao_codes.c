#include "kakao_codes.h"

#include <stdlib.h>
#include <string.h>

/* clang-format off */
/* What leaves open whether it arrived is RESULT_UNCONFIRMED: never sent again. */
const struct code_range kakao_codes[] = {
    {0, 0, RESULT_DELIVERED},               /* 0000, as Kakao i writes it */
    {1000, 1000, RESULT_DELIVERED},
    {1001, 1001, RESULT_REJECTED},
    {1002, 1002, RESULT_AUTH},
    {1003, 1003, RESULT_SENDER},
    {1004, 1004, RESULT_REJECTED},
    {1006, 1007, RESULT_SENDER},
    {1011, 1011, RESULT_AUTH},
    {1012, 1013, RESULT_REJECTED},
    {1014, 1014, RESULT_AUTH},
    {1015, 1015, RESULT_REJECTED},
    {1016, 1016, RESULT_AUTH},
    {1020, 1020, RESULT_INVALID_NUMBER},
    {1021, 1025, RESULT_SENDER},
    {1027, 1027, RESULT_SENDER},
    {1030, 1030, RESULT_REJECTED},
    {2001, 2001, RESULT_TEMPORARY},
    {2005, 2005, RESULT_TEMPORARY},
    {3000, 3000, RESULT_TEMPORARY},
    {3005, 3005, RESULT_UNCONFIRMED},       /* may still arrive within 3 days */
    {3006, 3006, RESULT_TEMPORARY},
    {3008, 3008, RESULT_INVALID_NUMBER},
    {3010, 3010, RESULT_TEMPORARY},
    {3011, 3011, RESULT_UNCONFIRMED},
    {3012, 3012, RESULT_TEMPORARY},
    {3013, 3014, RESULT_TOO_LONG},
    {3015, 3016, RESULT_TEMPLATE},
    {3018, 3018, RESULT_NOT_REACHABLE},
    {3019, 3019, RESULT_NOT_KAKAO_USER},
    {3020, 3020, RESULT_BLOCKED},
    {3021, 3021, RESULT_NOT_REACHABLE},
    {3022, 3023, RESULT_REJECTED},
    {3025, 3025, RESULT_TOO_LONG},
    {3027, 3028, RESULT_TEMPLATE},
    {3029, 3029, RESULT_TOO_LONG},
    {3030, 3031, RESULT_TEMPLATE},
    {3032, 3032, RESULT_TOO_LONG},
    {3033, 3033, RESULT_TEMPLATE},
    {3034, 3035, RESULT_TOO_LONG},
    {3036, 3036, RESULT_TEMPLATE},
    {3037, 3037, RESULT_TOO_LONG},
    {3038, 3038, RESULT_TEMPLATE},
    {3039, 3039, RESULT_TOO_LONG},
    {3040, 3040, RESULT_TEMPLATE},
    {3042, 3042, RESULT_TEMPLATE},
    {4000, 4000, RESULT_UNCONFIRMED},
    {4001, 4001, RESULT_NONE},              /* in progress, like 4161 */
    {4100, 4104, RESULT_TEMPORARY},
    {4120, 4122, RESULT_TEMPORARY},
    {4130, 4130, RESULT_TEMPORARY},
    {4131, 4131, RESULT_UNCONFIRMED},       /* Kakao has seen it before, and does not say what became of that */
    {4132, 4134, RESULT_TEMPLATE},
    {4137, 4137, RESULT_TEMPORARY},
    {4139, 4142, RESULT_TEMPORARY},
    {4143, 4143, RESULT_REJECTED},
    {4144, 4144, RESULT_TOO_LONG},
    {4156, 4156, RESULT_RATE},
    {4161, 4161, RESULT_NONE},
    {9998, 9999, RESULT_TEMPORARY},
};
/* clang-format on */
const size_t kakao_n_codes = sizeof kakao_codes / sizeof *kakao_codes;

enum result code_range_find(const struct code_range *table, size_t n, int64_t code, enum result unknown) {
    for (size_t i = 0; i < n; i++)
        if (table[i].from <= code && code <= table[i].to) return table[i].result;
    return unknown;
}

enum result kakao_delivery(const char *code, enum result unknown) {
    if (*code == '\0' || strlen(code) > 9 || strspn(code, "0123456789") != strlen(code)) return unknown;
    return code_range_find(kakao_codes, kakao_n_codes, strtol(code, NULL, 10), unknown);
}

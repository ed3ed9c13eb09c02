#include "order_number.h"
#include <string.h>
#include "common/timeutil.h"

static const char base32[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; /* no I, L, O, U */

void order_number_make(int32_t day, uint64_t random, char out[ORDER_NUMBER_LEN + 1]) {
    char date[11];
    date_format(day, date);
    memcpy(out, "ORD", 3);
    memcpy(out + 3, date, 4);
    memcpy(out + 7, date + 5, 2);
    memcpy(out + 9, date + 8, 2);
    for (int i = 11; i < ORDER_NUMBER_LEN; i++) {
        out[i] = base32[random & 31];
        random >>= 5;
    }
    out[ORDER_NUMBER_LEN] = '\0';
}

bool order_number_valid(const char *text) {
    return strlen(text) == ORDER_NUMBER_LEN && strncmp(text, "ORD", 3) == 0 && strspn(text + 3, "0123456789") >= 8 &&
           strspn(text + 11, base32) == ORDER_NUMBER_LEN - 11;
}

/* order_number - "ORD" + day in Seoul (YYYYMMDD) + 10 random characters of Crockford base32: 50 bits nobody can guess. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define ORDER_NUMBER_LEN 21

/* `day` as date_seoul() gives it; 50 bits of `random` are used. Randomness is the caller's, so that a batch draws it once. */
void order_number_make(int32_t day, uint64_t random, char out[ORDER_NUMBER_LEN + 1]);
/* The shape only: anything else need not be looked for. */
bool order_number_valid(const char *text);

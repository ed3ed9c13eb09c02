/* kakao_codes - Kakao's own numbers for what became of a message: most companies that carry Alimtalk pass them on. Pure; one table. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "provider.h"

/* RESULT_NONE: it is still on its way. `unknown`: of a code that is not in the table. */
enum result kakao_delivery(const char *code, enum result unknown);

/* Tables of numbers: sorted, without overlap. */
struct code_range {
    int from, to;
    enum result result;
};
enum result code_range_find(const struct code_range *table, size_t n, int64_t code, enum result unknown);
extern const struct code_range kakao_codes[];
extern const size_t kakao_n_codes;

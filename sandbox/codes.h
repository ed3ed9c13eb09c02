/* codes - every error code an answer can carry, with its HTTP status and its sentence (references, error codes). */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct code {
    const char *name; /* "NOT_FOUND_PAYMENT", "-1005" */
    int http;
    const char *message; /* Korean, as the company's people see it */
    bool aborts;         /* refused by card or bank: a confirm that gets it ends the payment */
};
struct codebook { /* of one company, sorted by name */
    const struct code *code;
    size_t n;
    const char *failure, *too_many; /* what the fault modes `error` and `rate_limited` answer unless told otherwise */
};
extern const struct codebook toss_codes, nhn_codes, kakaoi_codes;
/* NULL: no such code. */
const struct code *codebook_find(const struct codebook *b, const char *name);
/* Toss's, which are the sandbox's own, too. */
const struct code *code_find(const char *name);

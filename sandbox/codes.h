/* codes - every error code an answer can carry, with its HTTP status and its sentence (Toss reference, error codes). */
#pragma once
#include <stdbool.h>

struct code {
    const char *name; /* "NOT_FOUND_PAYMENT" */
    int http;
    const char *message; /* Korean, as Toss's people see it */
    bool aborts;         /* refused by card or bank: a confirm that gets it ends the payment */
};
/* NULL: no such code. */
const struct code *code_find(const char *name);

/* toss_codes - what an error of Toss means for the money. Pure; the one table is in toss_codes.c. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include "common/http_client.h"
#include "provider.h"

enum toss_call { TOSS_OPEN, TOSS_CONFIRM, TOSS_CANCEL, TOSS_GET, TOSS_LIST, TOSS_N_CALLS };

/* As in logs and metrics. */
const char *toss_call_name(enum toss_call call);

struct toss_verdict {
    enum call_outcome outcome;
    enum refusal refusal; /* as in struct call_result */
};

/* Of an answer that is not 2xx. `code` NULL: the body had none. */
struct toss_verdict toss_judge(enum toss_call call, int status, const char *code);
/* Of a call without a usable answer, by how far it came. */
enum call_outcome toss_unanswered(enum toss_call call, enum http_transport transport);
/* False when the answer shows that Toss is in trouble (5xx) or wants to be left alone (429). */
bool toss_is_well(int status);

/* The table, for tests and tools: rows sorted by code; one code may have several rows, each for other calls. */
struct toss_code {
    const char *code;
    unsigned calls; /* bit 1 << enum toss_call */
    struct toss_verdict verdict;
};
extern const struct toss_code toss_codes[];
extern const size_t toss_n_codes;

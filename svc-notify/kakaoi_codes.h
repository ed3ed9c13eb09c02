/* kakaoi_codes - what the words of Kakao i Connect Message mean in ours. Pure; the tables are in kakaoi_codes.c. The vendor's table
 * of codes comes with the contract; ours has what its public pages and other clients show. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include "provider.h"

/* Of an answer to a send: `code` and result.detail_code, either may be NULL. RESULT_DELIVERED: taken. RESULT_NONE: it proves
 * nothing. */
enum result kakaoi_api_result(const char *code, const char *detail);

/* What is told of a message; each word may be NULL. */
struct kakaoi_words {
    const char *status; /* status_code: of the call */
    const char *kakao;  /* kko_status_code */
    const char *sms;    /* sms_status_code */
    bool ended;         /* ended_yn */
};
/* RESULT_NONE: it is still on its way. */
enum result kakaoi_fate(const struct kakaoi_words *w);

/* The table, for tests; sorted. */
struct kakaoi_code {
    const char *code;
    enum result result;
};
extern const struct kakaoi_code kakaoi_codes[];
extern const size_t kakaoi_n_codes;

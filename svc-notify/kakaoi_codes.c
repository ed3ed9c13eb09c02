#include "kakaoi_codes.h"

#include <stdio.h>
#include <string.h>

#include "kakao_codes.h"
#include "result.h"

/* clang-format off */
/* A code of three digits stands for API_ and itself. "Temporary" does not mean that nothing was done: such a send is looked up. */
const struct kakaoi_code kakaoi_codes[] = {
    {"API_100",  RESULT_DELIVERED},
    {"API_200",  RESULT_DELIVERED},
    {"API_400",  RESULT_REJECTED},       /* fields */
    {"API_401",  RESULT_AUTH},
    {"API_402",  RESULT_AUTH},           /* not allowed to send: the contract, or the sender key */
    {"API_409",  RESULT_DUPLICATE},      /* the cid is known */
    {"API_410",  RESULT_REJECTED},
    {"API_420",  RESULT_REJECTED},
    {"API_429",  RESULT_RATE},
    {"API_4611", RESULT_SENDER},         /* the number for text messages is missing, or not registered */
    {"API_500",  RESULT_NONE},
    {"API_510",  RESULT_NONE},
    {"API_520",  RESULT_NONE},
    {"ERR11000", RESULT_BLOCKED},
    {"ERR41001", RESULT_TEMPLATE},
    {"ERR42009", RESULT_TEMPLATE},
    {"ERR50025", RESULT_INVALID_NUMBER},
    {"ERR50028", RESULT_INVALID_NUMBER},
    {"ERR50029", RESULT_INVALID_NUMBER},
};
/* clang-format on */
const size_t kakaoi_n_codes = sizeof kakaoi_codes / sizeof *kakaoi_codes;

static const struct kakaoi_code *find(const char *code) {
    char whole[16];
    snprintf(whole, sizeof whole, "%s%s", strlen(code) == 3 ? "API_" : "", code);
    for (size_t i = 0; i < kakaoi_n_codes; i++)
        if (strcmp(kakaoi_codes[i].code, whole) == 0) return &kakaoi_codes[i];
    return NULL;
}

/* The detail says more; one that nobody knows leaves the word to the code in front of it. */
enum result kakaoi_api_result(const char *code, const char *detail) {
    const struct kakaoi_code *row = detail == NULL ? NULL : find(detail);
    if (row == NULL && code != NULL) row = find(code);
    return row == NULL ? RESULT_NONE : row->result;
}

/* ---- the fate of a message ---- */
static bool sms_went(const char *code) {
    static const char *const good[] = {"API_200", "-100", "0000", "1000"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (strcmp(code, good[i]) == 0) return true;
    return false;
}

/* A cid is used up once it was taken, so "again later" is no way out: what failed has failed, and the text message has gone out
 * instead where one was wanted. Nor will anybody ever know more than what is told at the end. */
static enum result at_the_end(enum result r) {
    enum result_class class = result_class(r);
    if (class == RESULT_IS_PASSING) return RESULT_NOT_REACHABLE;
    return class == RESULT_IS_OPEN || class == RESULT_NEEDS_LOOK_UP ? RESULT_UNCONFIRMED : r;
}

enum result kakaoi_fate(const struct kakaoi_words *w) {
    enum result kakao = w->kakao == NULL ? RESULT_NONE : kakao_delivery(w->kakao, RESULT_NONE);
    if (kakao == RESULT_DELIVERED) return RESULT_DELIVERED;
    if (!w->ended) return kakao == RESULT_NONE ? RESULT_NONE : RESULT_FALLBACK_PENDING;
    if (w->sms != NULL) return sms_went(w->sms) ? RESULT_FALLBACK_SENT : RESULT_FALLBACK_FAILED;
    if (w->kakao != NULL || w->status == NULL) return at_the_end(kakao);
    enum result call = kakaoi_api_result(NULL, w->status);
    return call == RESULT_DELIVERED ? RESULT_UNCONFIRMED : at_the_end(call);
}

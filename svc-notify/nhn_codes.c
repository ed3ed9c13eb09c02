#include "nhn_codes.h"

#include <string.h>

/* clang-format off */
/* Answers of the API (NHN Cloud, KakaoTalk Bizmessage, error codes). */
const struct code_range nhn_api_codes[] = {
    {-9999, -9999, RESULT_NONE},            /* system error: may have been taken */
    {-9998, -9996, RESULT_REJECTED},        /* no such API, content type */
    {-9994, -9993, RESULT_REJECTED},
    {-8008, -8008, RESULT_REJECTED},        /* banned word */
    {-8006, -8006, RESULT_REJECTED},
    {-7000, -7000, RESULT_TEMPORARY},       /* Kakao's side was not reached */
    {-5000, -5000, RESULT_INVALID_NUMBER},
    {-4200, -4200, RESULT_FALLBACK_CONFIG},
    {-4104, -4103, RESULT_REJECTED},        /* span of a query */
    {-4019, -4019, RESULT_INVALID_NUMBER},
    {-4017, -4017, RESULT_REJECTED},
    {-4005, -4004, RESULT_AUTH},            /* app key unknown, disabled */
    {-4003, -4003, RESULT_REJECTED},
    {-4000, -4000, RESULT_REJECTED},
    {-3347, -3347, RESULT_TEMPLATE},
    {-3304, -3303, RESULT_REJECTED},
    {-3049, -3049, RESULT_TEMPLATE},        /* parameters do not fit */
    {-3048, -3048, RESULT_TOO_LONG},
    {-3046, -3046, RESULT_TEMPLATE},
    {-3043, -3042, RESULT_TEMPLATE},
    {-3033, -3033, RESULT_TEMPLATE},
    {-3011, -3010, RESULT_TEMPLATE},        /* text, buttons do not fit */
    {-3006, -3003, RESULT_TEMPLATE},        /* none, parameters, not approved, link */
    {-3002, -3002, RESULT_REJECTED},
    {-3000, -3000, RESULT_TEMPLATE},
    {-2504, -2504, RESULT_TEMPLATE},
    {-2502, -2502, RESULT_FALLBACK_CONFIG},
    {-2501, -2501, RESULT_NOT_FOUND},       /* of a cancel, like -2028 and -2029 */
    {-2035, -2035, RESULT_TOO_LONG},
    {-2032, -2032, RESULT_TOO_LONG},
    {-2029, -2028, RESULT_NOT_FOUND},
    {-2027, -2025, RESULT_REJECTED},        /* requestDate */
    {-2019, -2019, RESULT_TOO_LONG},
    {-2018, -2018, RESULT_TEMPLATE},
    {-2017, -2017, RESULT_SENDER},
    {-2005, -2000, RESULT_REJECTED},        /* fields */
    {-1031, -1031, RESULT_TEMPORARY},       /* all recipients failed: the rows say why; without a row, surely not taken */
    {-1030, -1030, RESULT_AUTH},
    {-1029, -1027, RESULT_SENDER},          /* blocked, limits of first-time senders */
    {-1024, -1024, RESULT_SENDER},
    {-1016, -1016, RESULT_NOT_FOUND},
    {-1014, -1014, RESULT_SENDER},
    {-1006, -1006, RESULT_SENDER},
    {-1005, -1005, RESULT_DUPLICATE},
    {-1003, -1002, RESULT_FALLBACK_CONFIG},
    {-1001, -1000, RESULT_AUTH},
    {4, 4, RESULT_REJECTED},
};
/* clang-format on */
const size_t nhn_n_api_codes = sizeof nhn_api_codes / sizeof *nhn_api_codes;

enum result nhn_api_result(int64_t code) { return code_range_find(nhn_api_codes, nhn_n_api_codes, code, RESULT_NONE); }

/* ---- the fate of a message ---- */
static bool is(const char *word, const char *other) { return word != NULL && strcmp(word, other) == 0; }

/* The text message goes out only after Kakao has said no; a delivered message keeps the plan (RSC02) for ever. A code that is not
 * known, of a message that is said to have failed: it has not arrived. Of one said to be complete: who knows. */
enum result nhn_fate(const char *status, const char *code, const char *resend) {
    if (is(status, "CANCEL")) return RESULT_REJECTED; /* by somebody in the console */
    bool failed = is(status, "FAILED");
    if ((!failed && !is(status, "COMPLETED")) || code == NULL) return RESULT_NONE;
    if (is(code, "MRC01")) return RESULT_DELIVERED; /* MRC01, MRC02: on some pages, in the place of numbers */
    enum result kakao = kakao_delivery(code, failed ? RESULT_TEMPORARY : RESULT_UNCONFIRMED);
    if (!failed || kakao == RESULT_DELIVERED) return kakao;
    if (is(resend, "RSC02") || is(resend, "RSC03")) return RESULT_FALLBACK_PENDING;
    if (is(resend, "RSC04")) return RESULT_FALLBACK_SENT;
    if (is(resend, "RSC05")) return RESULT_FALLBACK_FAILED;
    return kakao;
}

#include "result.h"

/* clang-format off */
static const struct {
    const char *name;
    enum result_class class;
    enum submit_outcome outcome; /* of a submit answered so; RESULT_NONE: an answer that proves nothing */
} table[RESULT_COUNT] = {
    [RESULT_NONE]             = {"none",             RESULT_IS_OPEN,        SUBMIT_UNKNOWN},
    [RESULT_DELIVERED]        = {"delivered",        RESULT_IS_GOOD,        SUBMIT_ACCEPTED},
    [RESULT_FALLBACK_PENDING] = {"fallback_pending", RESULT_IS_OPEN,        SUBMIT_ACCEPTED},
    [RESULT_FALLBACK_SENT]    = {"fallback_sent",    RESULT_IS_GOOD,        SUBMIT_ACCEPTED},
    [RESULT_FALLBACK_FAILED]  = {"fallback_failed",  RESULT_IS_FINAL,       SUBMIT_ACCEPTED},
    [RESULT_NOT_KAKAO_USER]   = {"not_kakao_user",   RESULT_IS_FINAL,       SUBMIT_REJECTED},
    [RESULT_NOT_REACHABLE]    = {"not_reachable",    RESULT_IS_FINAL,       SUBMIT_REJECTED},
    [RESULT_BLOCKED]          = {"blocked",          RESULT_IS_FINAL,       SUBMIT_REJECTED},
    [RESULT_INVALID_NUMBER]   = {"invalid_number",   RESULT_IS_FINAL,       SUBMIT_REJECTED},
    [RESULT_TEMPLATE]         = {"template",         RESULT_NEEDS_TEMPLATE, SUBMIT_REJECTED},
    [RESULT_TOO_LONG]         = {"too_long",         RESULT_NEEDS_TEMPLATE, SUBMIT_REJECTED},
    [RESULT_SENDER]           = {"sender",           RESULT_NEEDS_PROVIDER, SUBMIT_REJECTED},
    [RESULT_AUTH]             = {"auth",             RESULT_NEEDS_PROVIDER, SUBMIT_REJECTED},
    [RESULT_FALLBACK_CONFIG]  = {"fallback_config",  RESULT_DROPS_FALLBACK, SUBMIT_REJECTED},
    [RESULT_RATE]             = {"rate",             RESULT_IS_PASSING,     SUBMIT_RETRY},
    [RESULT_TEMPORARY]        = {"temporary",        RESULT_IS_PASSING,     SUBMIT_RETRY},
    [RESULT_DUPLICATE]        = {"duplicate",        RESULT_NEEDS_LOOK_UP,  SUBMIT_UNKNOWN},
    [RESULT_REJECTED]         = {"rejected",         RESULT_IS_FINAL,       SUBMIT_REJECTED},
    [RESULT_UNCONFIRMED]      = {"unconfirmed",      RESULT_IS_LOST,        SUBMIT_UNKNOWN},
    [RESULT_NOT_FOUND]        = {"not_found",        RESULT_NEEDS_LOOK_UP,  SUBMIT_UNKNOWN},
};
/* clang-format on */

enum result_class result_class(enum result r) { return table[r].class; }
const char *result_name(enum result r) { return table[r].name; }

void result_put(struct outgoing *m, enum result r, const char *code) {
    m->outcome = table[r].outcome;
    m->result = r;
    m->code = code;
}

void result_put_asked(struct outgoing *m, enum result r, const char *code) {
    m->outcome = r == RESULT_NOT_FOUND ? SUBMIT_REJECTED : SUBMIT_RETRY;
    m->result = r;
    m->code = code;
}

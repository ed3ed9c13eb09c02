/* result - what became of a message, in words that all providers share, and what each of them calls for. Pure; one table. */
#pragma once
#include "provider.h"

/* What to do about a result. */
enum result_class {
    RESULT_IS_OPEN,        /* more will be told */
    RESULT_IS_GOOD,        /* it has arrived, one way or the other */
    RESULT_IS_FINAL,       /* it has not, and a second try would change nothing */
    RESULT_IS_PASSING,     /* it has not; again later, a few times */
    RESULT_NEEDS_TEMPLATE, /* the operator must mend the template: its messages rest, none is burnt */
    RESULT_NEEDS_PROVIDER, /* the operator must mend keys, channel or contract: everything rests */
    RESULT_DROPS_FALLBACK, /* again at once, without the text message */
    RESULT_NEEDS_LOOK_UP,  /* nothing is proven: look it up */
    RESULT_IS_LOST,        /* nobody will ever know: never sent again */
};
enum result_class result_class(enum result r);
/* As in messages.result, logs and metrics: "delivered", "not_kakao_user" … */
const char *result_name(enum result r);
/* Puts into a message what the answer to its submit means. */
void result_put(struct outgoing *m, enum result r, const char *code);
/* The same for a look_up that has not found it: not there, or to be asked again. */
void result_put_asked(struct outgoing *m, enum result r, const char *code);

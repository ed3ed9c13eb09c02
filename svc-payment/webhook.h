/* webhook - what a webhook is worth, compared with what we know. Pure. */
#pragma once
#include "attempt.h"

enum verdict {
    VERDICT_LOOK,         /* something new: the payment is looked up */
    VERDICT_WAKE,         /* what the attempt is about to learn by itself; if it rests, it is woken */
    VERDICT_KNOWN,        /* nothing new */
    VERDICT_WRONG_SECRET, /* not from the provider */
    VERDICT_FOREIGN,      /* none of our payments */
    VERDICT_IGNORED,      /* no word about a payment */
};
/* As it is stored; WAKE is a look, too. */
const char *webhook_verdict_name(enum verdict v);
/* `at` is NULL when no payment of ours is meant. */
enum verdict webhook_judge(const struct notice *n, const struct attempt *at);
/* Our word for a state, as it is stored. */
const char *webhook_state_name(enum money_state s);

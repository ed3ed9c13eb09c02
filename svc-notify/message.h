/* message - the life of a message, pure: states, which moves are legal, what an answer of the provider does to it, when it is
 * taken up again. Nothing is ever sent again that may have been sent before it was looked up. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "provider.h"

enum message_state {
    MESSAGE_QUEUED,
    MESSAGE_SENDING, /* saved before the provider is called */
    MESSAGE_UNKNOWN, /* may or may not have been taken */
    MESSAGE_ACCEPTED,
    MESSAGE_FALLBACK, /* the provider sends a text message instead */
    MESSAGE_DELIVERED,
    MESSAGE_FALLBACK_SENT,
    MESSAGE_FAILED,
    MESSAGE_DROPPED, /* of no use any more before it was sent */
    MESSAGE_LOST,    /* sent, and nobody knows what became of it */
    MESSAGE_STATES
};
const char *message_state_name(enum message_state s);
/* MESSAGE_STATES: there is none of this name. */
enum message_state message_state_parse(const char *name);
bool message_may_move(enum message_state from, enum message_state to);
/* Nothing more happens to it by itself. */
bool message_has_ended(enum message_state s);

/* Staff may send it again: it has not arrived, as far as anybody knows. */
bool message_may_be_resent(enum message_state s);

/* What decisions need of a row. */
struct message_at {
    enum message_state state;
    int tries, looks;
    const char *request_id; /* of the last submit that was accepted; NULL: none was */
    int64_t sent_ms;        /* when the last submit left */
    bool without_fallback;  /* the text message was refused: sent without */
};
/* What the provider says about it: the answer to a submit or a look-up, or a row of its feed (outcome SUBMIT_ACCEPTED). */
struct message_news {
    enum submit_outcome outcome;
    enum result result;
    const char *request_id;
    bool template_is_right; /* as far as is known: not the template is at fault but this message */
};
struct message_times {
    int64_t now_ms, retry_first_ms, look_up_ms, result_after_ms, lost_after_ms;
    uint32_t chance; /* any number: spreads what was refused together */
};
/* What needs the operator. */
enum message_alarm { ALARM_NONE, ALARM_TEMPLATE, ALARM_PROVIDER };
struct message_move {
    enum message_state to; /* the same as before: it only waits */
    int64_t due_ms;        /* 0: nothing is to come */
    int tries, looks;
    enum message_alarm alarm;
};
/* In states sending, unknown, accepted and fallback. */
struct message_move message_after(const struct message_at *m, const struct message_news *news,
                                  const struct message_times *t);
/* A row of the feed may be about an earlier submit, or come twice. */
bool message_is_concerned(const struct message_at *m, int recipient_seq, const struct delivery *d);

/* When what was not taken is sent again: 1, 6, 30, 180 times the first pause, and up to an eighth more. */
int64_t message_retry_ms(const struct message_times *t, int tries);

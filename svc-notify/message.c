#include "message.h"
#include <string.h>
#include "result.h"

#define LOOKS_IN_VAIN 2 /* some seconds apart: then it was never taken */
#define TRIES_MAX 5     /* of what was taken and not delivered, or refused with a template that is right */

static const char *const names[MESSAGE_STATES] = {
    [MESSAGE_QUEUED] = "queued",
    [MESSAGE_SENDING] = "sending",
    [MESSAGE_UNKNOWN] = "unknown",
    [MESSAGE_ACCEPTED] = "accepted",
    [MESSAGE_FALLBACK] = "fallback",
    [MESSAGE_DELIVERED] = "delivered",
    [MESSAGE_FALLBACK_SENT] = "fallback_sent",
    [MESSAGE_FAILED] = "failed",
    [MESSAGE_DROPPED] = "dropped",
    [MESSAGE_LOST] = "lost",
};

const char *message_state_name(enum message_state s) { return names[s]; }

enum message_state message_state_parse(const char *name) {
    int s = 0;
    while (s < MESSAGE_STATES && strcmp(names[s], name) != 0) s++;
    return (enum message_state)s;
}

/* ---- moves; migrations/011_notify.sql holds the same table ---- */

#define BIT(state) (1U << MESSAGE_##state)
#define TOLD (BIT(DELIVERED) | BIT(FALLBACK) | BIT(FALLBACK_SENT) | BIT(FAILED) | BIT(LOST))

static const unsigned moves[MESSAGE_STATES] = {
    [MESSAGE_QUEUED] = BIT(SENDING) | BIT(DROPPED) | BIT(FAILED),
    [MESSAGE_SENDING] = BIT(ACCEPTED) | BIT(UNKNOWN) | BIT(QUEUED) | TOLD,
    [MESSAGE_UNKNOWN] = BIT(ACCEPTED) | BIT(QUEUED) | TOLD,
    [MESSAGE_ACCEPTED] = BIT(QUEUED) | TOLD,
    [MESSAGE_FALLBACK] = BIT(FALLBACK_SENT) | BIT(FAILED) | BIT(LOST),
    [MESSAGE_FAILED] = BIT(QUEUED),
    [MESSAGE_DROPPED] = BIT(QUEUED),
    [MESSAGE_LOST] = BIT(QUEUED),
};

bool message_may_move(enum message_state from, enum message_state to) { return (moves[from] & 1U << to) != 0; }

bool message_has_ended(enum message_state s) { return s >= MESSAGE_DELIVERED; }

bool message_may_be_resent(enum message_state s) { return message_has_ended(s) && message_may_move(s, MESSAGE_QUEUED); }

/* ---- time ---- */

int64_t message_retry_ms(const struct message_times *t, int tries) {
    static const int64_t pauses[] = {1, 6, 30, 180};
    int last = (int)(sizeof pauses / sizeof *pauses) - 1;
    int64_t wait = t->retry_first_ms * pauses[tries < 0 ? 0 : tries > last ? last : tries];
    return t->now_ms + wait + (int64_t)(t->chance % (uint32_t)(wait / 8 + 1));
}

/* ---- what an answer does ---- */

/* Results of the provider, as a message that may be sent again sees them. */
enum verdict { STAY, ARRIVED, NOT_YET, AGAIN_LATER, AGAIN_NOW, TEMPLATE_RESTS, PROVIDER_RESTS, LOOK, FAIL, LOSE };

static const enum verdict verdicts[] = {
    [RESULT_IS_OPEN] = STAY,
    [RESULT_IS_GOOD] = ARRIVED,
    [RESULT_IS_FINAL] = FAIL,
    [RESULT_IS_PASSING] = AGAIN_LATER,
    [RESULT_NEEDS_TEMPLATE] = TEMPLATE_RESTS,
    [RESULT_NEEDS_PROVIDER] = PROVIDER_RESTS,
    [RESULT_DROPS_FALLBACK] = AGAIN_NOW,
    [RESULT_NEEDS_LOOK_UP] = LOOK,
    [RESULT_IS_LOST] = LOSE,
};

static struct message_move again(int64_t due_ms, int tries, enum message_alarm alarm) {
    return (struct message_move){.to = MESSAGE_QUEUED, .due_ms = due_ms, .tries = tries, .alarm = alarm};
}

static struct message_move end(const struct message_at *m, enum message_state to) {
    return (struct message_move){.to = to, .tries = m->tries};
}

static bool is_too_old(const struct message_at *m, const struct message_times *t) {
    return t->now_ms - m->sent_ms >= t->lost_after_ms;
}

/* It may have been taken: only a look-up can tell. */
static struct message_move look(const struct message_at *m, const struct message_times *t, int looks) {
    if (m->state != MESSAGE_SENDING && is_too_old(m, t)) return end(m, MESSAGE_LOST);
    enum message_state to = m->state == MESSAGE_SENDING ? MESSAGE_UNKNOWN : m->state;
    int64_t wait = to == MESSAGE_UNKNOWN ? t->look_up_ms : t->result_after_ms;
    return (struct message_move){.to = to, .due_ms = t->now_ms + wait, .tries = m->tries, .looks = looks};
}

/* Taken, and nothing final is known. */
static struct message_move wait_for_result(const struct message_at *m, const struct message_news *news,
                                           const struct message_times *t) {
    if (is_too_old(m, t)) return end(m, MESSAGE_LOST);
    bool falls_back = news->result == RESULT_FALLBACK_PENDING || m->state == MESSAGE_FALLBACK;
    return (struct message_move){.to = falls_back ? MESSAGE_FALLBACK : MESSAGE_ACCEPTED,
                                 .due_ms = t->now_ms + t->result_after_ms,
                                 .tries = m->tries};
}

static struct message_move template_refused(const struct message_at *m, const struct message_news *news,
                                            const struct message_times *t) {
    if (!news->template_is_right) return again(t->now_ms, m->tries, ALARM_TEMPLATE);
    if (m->tries + 1 >= TRIES_MAX) return end(m, MESSAGE_FAILED);
    return again(message_retry_ms(t, m->tries), m->tries + 1, ALARM_NONE);
}

/* The provider knows the message: what it says of it. */
static struct message_move after_result(const struct message_at *m, const struct message_news *news,
                                        const struct message_times *t) {
    bool taken = news->outcome == SUBMIT_ACCEPTED;
    enum verdict v = verdicts[result_class(news->result)];
    /* While the text message is on its way nothing else is sent. */
    if (m->state == MESSAGE_FALLBACK && v != ARRIVED && v != FAIL && v != LOSE) v = STAY;
    switch (v) {
    case ARRIVED:
        return end(m, news->result == RESULT_FALLBACK_SENT || m->state == MESSAGE_FALLBACK ? MESSAGE_FALLBACK_SENT
                                                                                           : MESSAGE_DELIVERED);
    case FAIL: return end(m, MESSAGE_FAILED);
    case LOSE: return end(m, MESSAGE_LOST);
    case AGAIN_LATER:
        if (taken && m->tries + 1 >= TRIES_MAX) return end(m, MESSAGE_FAILED);
        return again(message_retry_ms(t, m->tries), m->tries + 1, ALARM_NONE);
    case AGAIN_NOW: return m->without_fallback ? end(m, MESSAGE_FAILED) : again(t->now_ms, m->tries, ALARM_NONE);
    case TEMPLATE_RESTS: return template_refused(m, news, t);
    case PROVIDER_RESTS: return again(t->now_ms, m->tries, ALARM_PROVIDER);
    default: return taken ? wait_for_result(m, news, t) : look(m, t, m->looks);
    }
}

/* The provider has nothing of ours by this id, or what it has is of an earlier submit. */
static struct message_move not_found(const struct message_at *m, const struct message_news *news,
                                     const struct message_times *t) {
    if (m->state != MESSAGE_UNKNOWN) return wait_for_result(m, news, t);
    if (m->looks + 1 >= LOOKS_IN_VAIN) return again(t->now_ms, m->tries, ALARM_NONE);
    return look(m, t, m->looks + 1);
}

struct message_move message_after(const struct message_at *m, const struct message_news *news,
                                  const struct message_times *t) {
    bool looked_up = m->state != MESSAGE_SENDING;
    switch (news->outcome) {
    case SUBMIT_ACCEPTED:
        if (m->state == MESSAGE_UNKNOWN && news->request_id != NULL && m->request_id != NULL &&
            strcmp(news->request_id, m->request_id) == 0)
            return not_found(m, news, t);
        return after_result(m, news, t);
    case SUBMIT_REJECTED:
        if (looked_up && news->result == RESULT_NOT_FOUND) return not_found(m, news, t);
        if (!looked_up) return after_result(m, news, t);
        break; /* the look-up was refused, not the message */
    case SUBMIT_RETRY:
        if (!looked_up) return again(message_retry_ms(t, m->tries), m->tries + 1, ALARM_NONE);
        break;
    case SUBMIT_UNKNOWN: break;
    }
    struct message_move later = look(m, t, m->looks);
    if (looked_up && result_class(news->result) == RESULT_NEEDS_PROVIDER) later.alarm = ALARM_PROVIDER;
    return later;
}

bool message_is_concerned(const struct message_at *m, int recipient_seq, const struct delivery *d) {
    bool same = m->request_id != NULL && d->request_id != NULL && strcmp(m->request_id, d->request_id) == 0;
    switch (m->state) {
    case MESSAGE_SENDING: /* our last submit is not known as taken yet: what was taken before is over */
    case MESSAGE_UNKNOWN: return !same && (d->request_id != NULL || m->request_id == NULL);
    case MESSAGE_ACCEPTED:
    case MESSAGE_FALLBACK: return d->request_id == NULL || (same && recipient_seq == d->recipient_seq);
    default: return false;
    }
}

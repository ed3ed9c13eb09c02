/* message - see message.h. */
#include "message.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const provider_names[PROVIDER_COUNT] = {[PROVIDER_NHN] = "nhn", [PROVIDER_KAKAOI] = "kakaoi"};

#define DELIVERED "1000"
#define IN_PROGRESS "4161"

/* ---- how a message ends ---- */

enum sight { SEEN_NEVER, SEEN_SOON, SEEN_WITH_RESULT };
static const struct ending {
    const char *code; /* and the last digits of the numbers that meet it */
    enum sight sight;
    bool falls_back; /* a text message replaces it, if one was wanted */
    bool sms_fails;
    bool passes; /* only the first message to the number meets it */
    const char *name;
} endings[] = {
    {DELIVERED, SEEN_SOON, false, false, false, "성공"},
    {"3005", SEEN_SOON, false, false, false, "메시지를 발송했으나 수신 확인이 안 됨"},
    {"3012", SEEN_NEVER, false, false, true, "메시지 전송 실패"},
    {"3016", SEEN_NEVER, true, false, false, "메시지 내용이 템플릿과 일치하지 않음"},
    {"3018", SEEN_NEVER, true, true, false, "메시지를 전송할 수 없음"},
    {"3019", SEEN_NEVER, true, false, false, "카카오톡 유저가 아님"},
    {"3020", SEEN_NEVER, true, false, false, "알림톡 수신을 차단함"},
    {"3027", SEEN_NEVER, true, false, false, "메시지 버튼/바로연결이 템플릿과 일치하지 않음"},
    {"4133", SEEN_NEVER, true, false, false, "중지된 템플릿"},
    {IN_PROGRESS, SEEN_WITH_RESULT, false, false, false, "메시지 처리 중"},
    {"9999", SEEN_NEVER, false, false, false, "시스템 오류"},
};

static const struct ending *find_ending(const char *code) {
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (strcmp(endings[i].code, code) == 0) return &endings[i];
    return &endings[0];
}

static const struct ending *ending_of_phone(const char *phone) {
    size_t n = strlen(phone);
    return find_ending(n >= DELIVERY_CODE_LEN ? phone + n - DELIVERY_CODE_LEN : "");
}

const char *message_code_name(const char *code) { return find_ending(code)->name; }
bool message_trouble_passes(const char *phone) { return ending_of_phone(phone)->passes; }

static void plan(struct message *m, const struct message_draft *d, const struct message_pace *pace, int64_t now) {
    const struct ending *e = d->forced_code != NULL ? find_ending(d->forced_code) : ending_of_phone(m->phone);
    if (e->passes && d->second_try) e = find_ending(DELIVERED);
    m->accepted_at = now;
    m->requested_at = d->requested_at > now ? d->requested_at : now;
    m->handed_at = m->requested_at + pace->handover;
    m->result_at = m->handed_at + pace->result;
    memcpy(m->code, e->code, sizeof m->code);
    if (strcmp(e->code, IN_PROGRESS) == 0) {
        m->settled_at = m->result_at + pace->in_progress;
        memcpy(m->settled, DELIVERED, sizeof m->settled);
    }
    if (e->sight == SEEN_SOON) m->shown_at = m->handed_at;
    if (e->sight == SEEN_WITH_RESULT) m->shown_at = m->settled_at;
    m->sms = d->sms;
    if (!e->falls_back || d->sms == SMS_NONE) return;
    m->sms_begun_at = m->result_at;
    m->sms_at = m->result_at + pace->sms;
    m->sms_fails = e->sms_fails || *message_text(m, TEXT_SMS) == '\0'; /* a text that EUC-KR cannot hold is empty */
}

/* ---- as one piece of bytes ---- */

static const char *text_of(const struct message_draft *d, size_t i) { return d->text[i] != NULL ? d->text[i] : ""; }

struct message *message_make(const struct message_draft *d, const struct message_pace *pace, int64_t now) {
    size_t size = sizeof(struct message);
    for (size_t i = 0; i < TEXT_COUNT; i++) size += strlen(text_of(d, i)) + 1;
    struct message *m = calloc(1, size);
    if (m == NULL) return NULL;
    uint32_t at = 0;
    for (size_t i = 0; i < TEXT_COUNT; i++) {
        size_t n = strlen(text_of(d, i)) + 1;
        memcpy(m->texts + at, text_of(d, i), n);
        m->at[i] = at;
        at += (uint32_t)n;
    }
    m->size = size;
    m->provider = d->provider;
    m->seq = d->seq;
    snprintf(m->request_id, sizeof m->request_id, "%s", d->request_id);
    snprintf(m->phone, sizeof m->phone, "%s", d->phone);
    snprintf(m->template_code, sizeof m->template_code, "%s", d->template_code);
    plan(m, d, pace, now);
    return m;
}

const char *message_text(const struct message *m, enum message_text t) { return m->texts + m->at[t]; }

bool message_whole(const void *data, size_t len) {
    struct message head;
    if (len <= sizeof head || ((const char *)data)[len - 1] != '\0') return false;
    memcpy(&head, data, sizeof head);
    for (size_t i = 0; i < TEXT_COUNT; i++)
        if (head.at[i] >= len - sizeof head) return false;
    return head.size == len && head.provider < PROVIDER_COUNT && head.number > 0;
}

/* ---- at an instant ---- */

static bool reached(int64_t instant, int64_t now) { return instant != 0 && now >= instant; }

static void look_at_sms(const struct message *m, int64_t now, struct message_state *s) {
    s->resend = m->sms == SMS_NONE ? RESEND_NONE : RESEND_PLANNED;
    if (reached(m->sms_begun_at, now)) s->resend = RESEND_RUNNING;
    if (!reached(m->sms_at, now)) return;
    s->resend = m->sms_fails ? RESEND_FAILED : RESEND_SENT;
    s->changed_at = m->sms_at;
}

void message_look(const struct message *m, int64_t now, struct message_state *s) {
    *s = (struct message_state){.status = reached(m->handed_at, now) ? MESSAGE_SENDING : MESSAGE_REQUESTED};
    if (reached(m->result_at, now)) {
        s->code = m->code;
        s->changed_at = m->result_at;
    }
    if (reached(m->settled_at, now)) {
        s->code = m->settled;
        s->changed_at = m->settled_at;
    }
    look_at_sms(m, now, s);
    if (s->code == NULL || strcmp(s->code, IN_PROGRESS) == 0) return;
    s->received_at = m->settled_at != 0 ? m->settled_at : m->result_at;
    s->status = strcmp(s->code, DELIVERED) == 0 ? MESSAGE_COMPLETED : MESSAGE_FAILED;
    s->over = m->sms_at == 0 || now >= m->sms_at;
    /* One that is still planned on a failed row would never be over (reference, when a row is final). */
    if (s->status == MESSAGE_FAILED && m->sms_at == 0) s->resend = RESEND_NONE;
}

struct message_sight message_seen(const struct message *m, int64_t now) {
    if (reached(m->shown_at, now)) return (struct message_sight){"alimtalk", m->shown_at};
    if (reached(m->sms_at, now) && !m->sms_fails)
        return (struct message_sight){m->sms == SMS_LONG ? "lms" : "sms", m->sms_at};
    return (struct message_sight){0};
}

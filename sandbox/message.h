/* message - one Alimtalk that was accepted, and what becomes of it. Pure: everything that will happen is decided when it is
 * accepted (Alimtalk reference §8.3: by the last digits of the phone number) and written into it as instants, so its state is a
 * function of the clock: nothing has to run for it, and nothing of it is lost when the process ends. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OWN_ID_BYTES 400 /* 100 characters */
#define PHONE_MAX 15
#define TEMPLATE_CODE_MAX 20
#define REQUEST_ID_LEN 26 /* yyyyMMddHHmmss and 12 characters */
#define DELIVERY_CODE_LEN 4

enum message_provider { PROVIDER_NHN, PROVIDER_KAKAOI, PROVIDER_COUNT };
extern const char *const provider_names[PROVIDER_COUNT];

enum message_text {
    TEXT_OWN_ID,          /* recipientGroupingKey, cid */
    TEXT_GROUP,           /* senderGroupingKey */
    TEXT_CREATED_BY,      /* createUser */
    TEXT_IDEMPOTENCY_KEY, /* under which it was sent */
    TEXT_BODY,
    TEXT_BUTTON,
    TEXT_LINK,
    TEXT_SMS_TITLE, /* of an LMS */
    TEXT_SMS,       /* as it would arrive */
    TEXT_COUNT
};

enum sms_kind { SMS_NONE, SMS_SHORT, SMS_LONG };

struct message {
    uint64_t number; /* in order of acceptance, from 1 */
    struct message *next_by_own_id;
    enum message_provider provider;
    char request_id[REQUEST_ID_LEN + 1]; /* Kakao i: uid */
    int seq;                             /* of the recipient in the request, from 1 */
    char phone[PHONE_MAX + 1], template_code[TEMPLATE_CODE_MAX + 1];
    /* what becomes of it; instants, 0: never */
    int64_t accepted_at, requested_at /* later than acceptance if scheduled */;
    int64_t handed_at, result_at, settled_at;
    int64_t shown_at;             /* on the phone, in KakaoTalk */
    int64_t sms_begun_at, sms_at; /* the text message instead */
    char code[DELIVERY_CODE_LEN + 1],
        settled[DELIVERY_CODE_LEN + 1]; /* the result; what takes its place at settled_at */
    enum sms_kind sms;
    bool sms_fails;
    /* Kakao i: of results already told */
    int64_t report_group; /* that was told and waits to be acknowledged; 0: none */
    bool reported;
    size_t size; /* of the whole */
    uint32_t at[TEXT_COUNT];
    char texts[];
};

struct message_draft {
    enum message_provider provider;
    const char *request_id, *phone, *template_code;
    int seq;
    int64_t requested_at;         /* 0: now */
    const char *text[TEXT_COUNT]; /* NULL: "" */
    enum sms_kind sms;            /* which text message replaces it if it fails */
    const char *forced_code;      /* it ends so whatever its number says; NULL */
    bool second_try;              /* its number has had a passing trouble before */
};
struct message_pace { /* how long each part of the way takes, ms */
    int64_t handover, result, sms;
    int64_t in_progress; /* of code 4161 */
};
/* malloc()ed, number 0; NULL: out of memory. */
struct message *message_make(const struct message_draft *d, const struct message_pace *pace, int64_t now);
const char *message_text(const struct message *m, enum message_text t);
/* Whether these bytes are a whole message, as message_make() made it. */
bool message_whole(const void *data, size_t len);
/* A number whose first message fails for a moment only. */
bool message_trouble_passes(const char *phone);

enum message_status { MESSAGE_REQUESTED, MESSAGE_SENDING, MESSAGE_COMPLETED, MESSAGE_FAILED };
enum message_resend { RESEND_NONE = 1, RESEND_PLANNED, RESEND_RUNNING, RESEND_SENT, RESEND_FAILED }; /* RSC01 … RSC05 */
struct message_state {
    enum message_status status;
    enum message_resend resend;
    const char *code;                /* NULL: no result yet */
    int64_t changed_at, received_at; /* of the result; 0: none */
    bool over;                       /* nothing will change any more */
};
void message_look(const struct message *m, int64_t now, struct message_state *s);

/* What the phone shows of it by now, if anything. */
struct message_sight {
    const char *kind; /* "alimtalk", "sms", "lms"; NULL: nothing */
    int64_t at;
};
struct message_sight message_seen(const struct message *m, int64_t now);
/* Korean sentence of a delivery code. */
const char *message_code_name(const char *code);

/* provider - who carries our messages. A provider is one struct of functions and what it can; the rest of svc-notify knows
 * nothing else of it. Every call blocks its thread until the answer or its time limit; results live in the caller's arena. */
#pragma once
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct template;

enum submit_outcome {
    SUBMIT_ACCEPTED, /* taken; whether it arrives is told later */
    SUBMIT_REJECTED, /* a definite no that stays one: `result` says whose fault */
    SUBMIT_RETRY,    /* surely not taken: again later */
    SUBMIT_UNKNOWN,  /* may or may not have been taken: look it up before anything else */
};

/* Results of all providers in our words. The class of each is a row in result.c: retry, stop, fallback, final. */
enum result {
    RESULT_NONE, /* nothing is known yet */
    RESULT_DELIVERED,
    RESULT_FALLBACK_PENDING, /* the provider is about to send the text message instead */
    RESULT_FALLBACK_SENT,
    RESULT_FALLBACK_FAILED,
    RESULT_NOT_KAKAO_USER,
    RESULT_NOT_REACHABLE,
    RESULT_BLOCKED, /* by its receiver */
    RESULT_INVALID_NUMBER,
    RESULT_TEMPLATE, /* missing, not approved, does not match: the operator must act, the template rests */
    RESULT_TOO_LONG,
    RESULT_SENDER,          /* sender key or channel: the operator must act, everything rests */
    RESULT_AUTH,            /* keys or contract: the operator must act, everything rests */
    RESULT_FALLBACK_CONFIG, /* may be sent without fallback */
    RESULT_RATE,
    RESULT_TEMPORARY,
    RESULT_DUPLICATE,   /* an id of ours they have seen before: look it up */
    RESULT_REJECTED,    /* our mistake */
    RESULT_UNCONFIRMED, /* sent, and nobody will ever know more: never sent again */
    RESULT_NOT_FOUND,   /* they do not know it */
    RESULT_COUNT
};

struct outgoing {       /* one message; in: what to send */
    const char *own_id; /* <= 40 characters */
    const char *key;    /* idempotency key of this submit, one per own_id and send */
    const char *phone;  /* digits */
    const struct template *template;
    const char *const *values; /* by the template's variables, links complete */
    const char *text;          /* filled in */
    const char *fallback;      /* text of the SMS/LMS; NULL: none is wanted */
    int64_t submitted_ms;      /* for look_up: when it was submitted first and last */
    int64_t last_submitted_ms;
    const char
        *request_id; /* in for look_up: of the last submit when that was accepted, else NULL; out when accepted */
    int recipient_seq;
    enum submit_outcome outcome; /* out of submit */
    enum result result;          /* out */
    const char *code;            /* out: the provider's, or ours (TIMEOUT …); NULL */
};
struct delivery {                    /* one result out of a feed */
    const char *own_id, *request_id; /* either may be NULL, not both */
    int recipient_seq;
    enum result result; /* never RESULT_NONE */
    const char *code;
};
struct feed {
    int64_t from_ms, to_ms; /* in: results that changed between these; whoever keeps our place for us takes no notice */
    int page;               /* in and out: 0 for the first, 0 again after the last */
    const char *receipt;    /* out: for feed_stored; NULL: nothing to acknowledge */
    struct delivery *rows;  /* out; the same row may come again */
    size_t n;
};

struct provider {
    const char *name;
    size_t max_batch;
    void *self; /* shared by all threads */
    /* Fills outcome of each; those of one call share a template. */
    void (*submit)(void *self, struct arena *a, struct outgoing *const *m, size_t n);
    /* By our own id: ACCEPTED with its result so far, REJECTED/RESULT_NOT_FOUND: they do not have it, RETRY: ask again. */
    void (*look_up)(void *self, struct arena *a, struct outgoing *m);
    /* The next page of results. False: ask again later, from page 0. */
    bool (*feed)(void *self, struct arena *a, struct feed *f);
    /* After each page with a receipt, once its rows are committed: without it they come again. False: they will. NULL: never
     * needed. */
    bool (*feed_stored)(void *self, struct arena *a, const struct feed *f);
    /* Compares a template with what was approved. NULL: as it should be; else one sentence for the log (also when it could not
     * be asked). NULL function: this provider cannot be asked. */
    const char *(*check_template)(void *self, struct arena *a, const struct template *t);
    void (*close)(void *self);
};

struct provider_conf {                                                     /* texts must outlive the provider */
    const char *base_url, *app_key, *secret_key, *sender_key, *sms_sender; /* sms_sender "": no fallback */
    int timeout_ms;                                                        /* of one call; 0: 10,000 */
    bool plain_http;                                                       /* http:// too: for sandboxes */
    bool basic_base64;       /* kakaoi: the client's credentials in base64, as RFC 7617 has it, instead of literally */
    const atomic_bool *stop; /* once true, calls end within a second or so; NULL: never */
    int64_t (*clock)(void);  /* monotonic ms, by which tokens grow old; NULL: the machine's */
};
struct provider_row {      /* the table of providers, provider.c: a new one is a new row */
    const char *name;      /* ALIMTALK_PROVIDER */
    const char *base_url;  /* default */
    bool needs_sms_sender; /* refuses messages without it */
    /* False: out of memory, or a setting that cannot be used; the reason is in the log. */
    bool (*open)(const struct provider_conf *conf, struct provider *p);
};
extern const struct provider_row provider_table[];
extern const size_t provider_count;
/* NULL: there is none of this name. */
const struct provider_row *provider_find(const char *name);

/* provider - whom money is asked of. A provider is one struct of functions; the rest of svc-payment knows nothing else
 * of it.
 *
 * Every call blocks its thread until the answer or the time limit (connect 5 s, read 60 s); `self` is shared by all
 * threads, calls at the same time have connections of their own. Results live in the caller's arena. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

enum call_outcome {
    CALL_DONE,    /* answered: `money` says how the payment stands */
    CALL_REFUSED, /* a definite no, nothing was executed; the same call under the same key stays refused */
    CALL_RETRY,   /* not executed, or still being executed: the same call under the same key again, later */
    CALL_UNKNOWN, /* may or may not have been executed: look the payment up before anything else */
};

enum refusal {                /* who can do something about a refusal */
               REFUSAL_FINAL, /* nobody */
               REFUSAL_BUYER, /* the buyer: another card or way to pay, another account to refund to */
               REFUSAL_SHOP,  /* we: keys, contract, data; logged as an error */
               REFUSAL_LATER, /* we, by asking again later, with fresh amounts and a new key */
};

enum money_state {
    MONEY_UNKNOWN, /* a word we do not know: never acted on */
    MONEY_READY,
    MONEY_IN_PROGRESS,
    MONEY_WAITING_FOR_DEPOSIT,
    MONEY_DONE,
    MONEY_CANCELED,
    MONEY_PARTIAL_CANCELED,
    MONEY_ABORTED,
    MONEY_EXPIRED,
};

/* Our words for ways to pay: "card" "transfer" "virtual_account" "easy_pay" "mobile_phone" "gift_certificate" "other"
 * (only in answers). */

struct money_account { /* a virtual account; number NULL: there is none */
    const char *bank, *number, *holder;
    int64_t due_ms;
    bool expired;
};
struct money_cancel {
    const char *transaction_key, *reason;
    int64_t amount, balance_after, at_ms;
};
struct money { /* a payment as the provider sees it; texts NULL where it says nothing */
    enum money_state state;
    const char *payment_key, *order_id, *method, *secret, *receipt_url, *checkout_url, *failure_code, *failure_message;
    const char *transaction_key; /* of the newest approval or cancel */
    int64_t total, balance;      /* won; balance is what can still be cancelled */
    int64_t approved_ms;         /* 0: not yet */
    struct money_account account;
    struct money_cancel *cancels;
    size_t n_cancels;
};

struct call_result {
    enum call_outcome outcome;
    enum refusal refusal; /* with CALL_REFUSED; REFUSAL_SHOP also with CALL_UNKNOWN */
    int http_status;      /* 0: no answer */
    /* The provider's, or ours where it gave none: CIRCUIT_OPEN NO_CONNECTION TLS TIMEOUT CONNECTION_LOST STOPPED
     * TOO_LARGE BROKEN_ANSWER OTHER_PAYMENT NO_CODE BAD_CALL; NULL when done. */
    const char *code;
    const char *message; /* for people, as the provider worded it; NULL */
    const char *trace;   /* the provider's trace id, for logs; NULL */
    int64_t took_us;
    const struct money *money; /* CALL_DONE only */
};

struct payment_wish {                                        /* a payment window to open */
    const char *attempt_id;                                  /* the order id the provider sees: 6..64 of A-Za-z0-9-_ */
    const char *order_name, *customer_name, *customer_email; /* e-mail may be NULL */
    const char *method;                                      /* our word */
    const char *success_url, *fail_url;
    int64_t amount;
    int64_t deposit_hours; /* of a virtual account */
    const char *key;       /* idempotency key, <= 300 */
};
struct refund_account {
    const char *bank, *number, *holder; /* bank: the provider's code */
};
struct cancel_wish {
    const char *payment_key, *reason;
    int64_t amount;                       /* 0: the whole balance */
    int64_t balance;                      /* what we believe is left: another balance refuses; 0: do not check */
    const struct refund_account *account; /* needed for a deposited virtual account, else NULL */
    const char *key;
    const char *attempt_id; /* checked against the answer, and for the log; NULL: unknown */
};
struct money_moved { /* one row of the provider's list of transactions */
    const char *transaction_key, *payment_key, *order_id;
    enum money_state state;
    int64_t amount, at_ms; /* the amount is never negative: the state says which way it went */
};
struct transactions {
    enum call_outcome outcome; /* CALL_DONE; CALL_RETRY: nothing was learned */
    const char *code;
    struct money_moved *rows;
    size_t n;
    const char *next; /* `after` of the next call; NULL: there are no more rows */
};
struct
    notice { /* what a webhook says: a reason to look the payment up, never a fact. Texts NULL where it says nothing */
    const char *event; /* the provider's word */
    const char *payment_key, *order_id, *secret;
    enum money_state state;
};

struct provider {
    const char *name;
    void *self;
    void (*open)(void *self, struct arena *a, const struct payment_wish *w, struct call_result *r);
    void (*confirm)(void *self, struct arena *a, const char *payment_key, const char *attempt_id, int64_t amount,
                    const char *key, struct call_result *r);
    void (*cancel)(void *self, struct arena *a, const struct cancel_wish *w, struct call_result *r);
    /* By payment_key, or by attempt_id when that is NULL. CALL_DONE, CALL_REFUSED (the provider knows of no such
     * payment) or CALL_RETRY (nothing was learned): a look executes nothing, so its outcome is never unknown. */
    void (*look_up)(void *self, struct arena *a, const char *payment_key, const char *attempt_id,
                    struct call_result *r);
    /* At most `limit` rows of [from, to) after the row `after` (NULL: from the first). */
    void (*list)(void *self, struct arena *a, int64_t from_ms, int64_t to_ms, const char *after, int limit,
                 struct transactions *t);
    /* False: the body is no webhook at all. Events and fields not known are no error. */
    bool (*read_notice)(struct arena *a, const char *body, size_t len, struct notice *n);
    /* False from when calls of buyers are not even tried any more (circuit open) until one has been answered again. */
    bool (*healthy)(void *self);
    /* While it is not healthy: finds out whether it answers again, by calls that execute nothing. */
    void (*probe)(void *self, struct arena *a);
};

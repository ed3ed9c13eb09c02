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
    CALL_DONE, /* answered: `money` says how the payment stands */
    CALL_REFUSED, /* a definite no, nothing was executed; `code` says why. The same call under the same key stays refused */
    CALL_RETRY,   /* not executed, or still being executed: the same call under the same key again, later */
    CALL_UNKNOWN, /* may or may not have been executed: look the payment up before anything else */
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

/* Our words for ways to pay: "card" "transfer" "virtual_account" "easy_pay" "mobile_phone" "gift_certificate" "other". */

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
    int http_status; /* 0: no answer */
    /* The provider's, or ours where it gave none: CIRCUIT_OPEN NO_CONNECTION TLS TIMEOUT CONNECTION_LOST STOPPED TOO_LARGE
     * BROKEN_ANSWER TOO_MANY_REQUESTS NO_CODE BAD_CALL; NULL when done. */
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
};
struct money_moved { /* one row of the provider's list of transactions */
    const char *transaction_key, *payment_key, *order_id;
    enum money_state state;
    int64_t amount, at_ms;
};
struct transactions {
    enum call_outcome outcome;
    const char *code;
    struct money_moved *rows;
    size_t n;
};

struct provider {
    const char *name;
    void *self;
    void (*open)(void *self, struct arena *a, const struct payment_wish *w, struct call_result *r);
    void (*confirm)(void *self, struct arena *a, const char *payment_key, const char *attempt_id, int64_t amount,
                    const char *key, struct call_result *r);
    void (*cancel)(void *self, struct arena *a, const struct cancel_wish *w, struct call_result *r);
    /* By payment_key, or by attempt_id when that is NULL. A payment the provider does not know is CALL_REFUSED. */
    void (*look_up)(void *self, struct arena *a, const char *payment_key, const char *attempt_id,
                    struct call_result *r);
    /* At most `limit` rows of [from, to) after the row `after` (NULL: from the first). */
    void (*list)(void *self, struct arena *a, int64_t from_ms, int64_t to_ms, const char *after, int limit,
                 struct transactions *t);
    /* False while calls are not even tried (circuit open). */
    bool (*healthy)(void *self);
};

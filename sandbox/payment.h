/* payment - what a payment is, and Toss's rules about it. Pure: the clock is a parameter, nothing here locks or sends.
 *
 * Refusals are names of error codes (codes.h); NULL means allowed. Source: Toss reference, Payment object, status and
 * transitions, cancel; the behaviour of repeated cancels was measured against Toss's test environment. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "clock.h"
#include "codes.h"
#include "methods.h"

#define PAYMENT_KEY_LEN 27 /* mid, yyyyMMddHHmmss, 8 random characters */
#define ORDER_ID_MAX 64
#define SECRET_LEN 31 /* ps_ and 28 characters */
#define TRANSACTION_KEY_LEN 31
#define ACCOUNT_NUMBER_MAX 20
#define HOLDER_BYTES (60 * 4)
#define CANCELS_MAX 100 /* of one payment; then EXCEED_CANCEL_LIMIT */

#define READY_LIMIT_MS (30 * MINUTE_MS)       /* window opened -> buyer authenticates */
#define IN_PROGRESS_LIMIT_MS (10 * MINUTE_MS) /* authenticated -> shop confirms */
#define VALID_HOURS_DEFAULT 168
#define VALID_HOURS_MAX 2160

enum payment_status {
    PAYMENT_READY,
    PAYMENT_IN_PROGRESS,
    PAYMENT_WAITING, /* WAITING_FOR_DEPOSIT */
    PAYMENT_DONE,
    PAYMENT_CANCELED,
    PAYMENT_PARTIAL_CANCELED,
    PAYMENT_ABORTED,
    PAYMENT_EXPIRED,
    PAYMENT_STATUS_COUNT
};
const char *payment_status_name(enum payment_status s);
bool payment_can_move(enum payment_status from, enum payment_status to);

struct refund_account {
    char bank[4]; /* "" : none was given */
    char number[ACCOUNT_NUMBER_MAX + 1];
    char holder[HOLDER_BYTES + 1];
};

struct cancel {
    struct cancel *next; /* in order of time */
    int64_t amount, tax_free, balance_after, at;
    char transaction[TRANSACTION_KEY_LEN + 1];
    char reason[];
};

struct payment {
    /* links of the book */
    struct payment *next_by_key, *next_by_order, *older, *newer;
    int list;

    /* fixed at creation; texts point behind the struct, NULL where absent */
    char key[PAYMENT_KEY_LEN + 1], order_id[ORDER_ID_MAX + 1], secret[SECRET_LEN + 1];
    size_t shop;
    int64_t amount, tax_free, requested_at;
    int64_t valid_hours, due_given /* 0: counted from valid_hours */;
    bool use_escrow, culture_expense;
    const char *order_name, *success_url, *fail_url, *customer_name, *customer_key, *customer_phone, *metadata;
    char bank[4]; /* of the deposit account */
    char number[ACCOUNT_NUMBER_MAX + 1] /* of the account, or of the card with its masks */, approve_no[9];

    /* what changes */
    enum payment_status status;
    enum method method;
    int64_t authenticated_at, approved_at, due_at; /* 0: not yet */
    int64_t balance, tax_free_balance;
    char last_transaction[TRANSACTION_KEY_LEN + 1];
    const struct code *failure;
    struct refund_account refund;
    struct cancel *cancels, *last_cancel;
    size_t n_cancels;
};

/* With its cancels. */
void payment_free(struct payment *p);
/* vat = round((amount - tax free) / 11), half up. */
int64_t payment_vat(int64_t amount, int64_t tax_free);

/* Institution code of a bank that accounts can be at (Toss reference, organisation codes). */
bool payment_bank_known(const char *bank);
/* When an open payment expires; 0: it does not. */
int64_t payment_deadline(const struct payment *p, const struct clock *c);
/* The deposit account no longer takes money. */
bool payment_account_expired(const struct payment *p, int64_t now);

const char *payment_confirm_refusal(const struct payment *p, const char *order_id, int64_t amount,
                                    const char *mismatch);
void payment_authenticate(struct payment *p, enum method m, int64_t now);
/* Card, transfer, phone: DONE. Deposit account: it is issued. */
void payment_approve(struct payment *p, const struct clock *c, int64_t now);
void payment_abort(struct payment *p, const struct code *why);
void payment_expire(struct payment *p);
void payment_deposit(struct payment *p, int64_t now);
/* Deposit error: the bank takes the money back. */
void payment_reverse(struct payment *p);

struct cancel_request {
    int64_t amount; /* 0: the whole balance */
    int64_t tax_free;
    int64_t refundable;                 /* the balance the caller believes in; -1: not said */
    const char *bank, *number, *holder; /* refundReceiveAccount; bank NULL: not given */
    bool by_console;                    /* Toss's own people: they know the account */
};
const char *payment_cancel_refusal(const struct payment *p, const struct cancel_request *r, const struct clock *c,
                                   int64_t now);
/* Takes over `cancel` (amount and reason set), which must have been allowed. */
void payment_cancel(struct payment *p, const struct cancel_request *r, struct cancel *cancel, int64_t now);

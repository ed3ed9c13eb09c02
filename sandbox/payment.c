/* payment - see payment.h. */
#include "payment.h"
#include <stdlib.h>
#include <string.h>
#include "common/timeutil.h"

static const char *const names[PAYMENT_STATUS_COUNT] = {
    [PAYMENT_READY] = "READY",
    [PAYMENT_IN_PROGRESS] = "IN_PROGRESS",
    [PAYMENT_WAITING] = "WAITING_FOR_DEPOSIT",
    [PAYMENT_DONE] = "DONE",
    [PAYMENT_CANCELED] = "CANCELED",
    [PAYMENT_PARTIAL_CANCELED] = "PARTIAL_CANCELED",
    [PAYMENT_ABORTED] = "ABORTED",
    [PAYMENT_EXPIRED] = "EXPIRED",
};

#define TO(status) (1U << PAYMENT_##status)

static const unsigned moves[PAYMENT_STATUS_COUNT] = {
    [PAYMENT_READY] = TO(IN_PROGRESS) | TO(EXPIRED) | TO(WAITING) /* account issued without a window */,
    [PAYMENT_IN_PROGRESS] = TO(EXPIRED) | TO(DONE) | TO(ABORTED) | TO(WAITING),
    [PAYMENT_WAITING] = TO(DONE) | TO(CANCELED),
    [PAYMENT_DONE] = TO(CANCELED) | TO(PARTIAL_CANCELED) | TO(WAITING) /* deposit error */,
    [PAYMENT_PARTIAL_CANCELED] = TO(PARTIAL_CANCELED),
};

const char *payment_status_name(enum payment_status s) { return (unsigned)s < PAYMENT_STATUS_COUNT ? names[s] : "?"; }

bool payment_can_move(enum payment_status from, enum payment_status to) {
    return (unsigned)from < PAYMENT_STATUS_COUNT && (unsigned)to < PAYMENT_STATUS_COUNT &&
           (moves[from] & (1U << to)) != 0;
}

/* Callers have asked for the refusal first: a move outside the table is a mistake in this program. */
static void move_to(struct payment *p, enum payment_status to) {
    if (!payment_can_move(p->status, to)) abort();
    p->status = to;
}

void payment_free(struct payment *p) {
    for (struct cancel *c = p->cancels, *next; c != NULL; c = next) {
        next = c->next;
        free(c);
    }
    free(p);
}

int64_t payment_vat(int64_t amount, int64_t tax_free) { return (2 * (amount - tax_free) + 11) / 22; }

int64_t payment_deadline(const struct payment *p, const struct clock *c) {
    if (p->status == PAYMENT_READY) return p->requested_at + clock_limit(c, READY_LIMIT_MS);
    if (p->status == PAYMENT_IN_PROGRESS) return p->authenticated_at + clock_limit(c, IN_PROGRESS_LIMIT_MS);
    return 0;
}

bool payment_account_expired(const struct payment *p, int64_t now) {
    return p->status == PAYMENT_WAITING && now > p->due_at;
}

const char *payment_confirm_refusal(const struct payment *p, const char *order_id, int64_t amount,
                                    const char *mismatch) {
    if (p->status == PAYMENT_READY || p->status == PAYMENT_EXPIRED || strcmp(p->order_id, order_id) != 0)
        return "NOT_FOUND_PAYMENT_SESSION";
    if (p->status != PAYMENT_IN_PROGRESS) return "ALREADY_PROCESSED_PAYMENT";
    return amount == p->amount ? NULL : mismatch;
}

void payment_authenticate(struct payment *p, enum method m, int64_t now) {
    move_to(p, PAYMENT_IN_PROGRESS);
    p->method = m;
    p->authenticated_at = now;
}

void payment_approve(struct payment *p, const struct clock *c, int64_t now) {
    bool account = p->method == METHOD_VIRTUAL_ACCOUNT;
    move_to(p, account ? PAYMENT_WAITING : PAYMENT_DONE);
    if (account)
        p->due_at = p->due_given != 0 ? p->due_given : now + clock_limit(c, p->valid_hours * HOUR_MS);
    else
        p->approved_at = now;
}

void payment_abort(struct payment *p, const struct code *why) {
    move_to(p, PAYMENT_ABORTED);
    p->failure = why;
}

void payment_expire(struct payment *p) {
    move_to(p, PAYMENT_EXPIRED);
    p->failure = code_find("EXPIRED_PAYMENT");
}

void payment_deposit(struct payment *p, int64_t now) {
    move_to(p, PAYMENT_DONE);
    p->approved_at = now;
}

void payment_reverse(struct payment *p) {
    move_to(p, PAYMENT_WAITING);
    p->approved_at = 0;
}

/* ---- cancel ---- */

bool payment_bank_known(const char *bank) {
    static const char banks[][3] = {"02", "03", "04", "06", "07", "11", "12", "20", "23", "27", "30", "31", "32", "34",
                                    "35", "37", "39", "45", "48", "50", "54", "64", "71", "81", "88", "89", "90", "92"};
    for (size_t i = 0; i < sizeof banks / sizeof *banks; i++)
        if (strcmp(banks[i], bank) == 0) return true;
    return false;
}

/* An account number of nothing but zeros belongs to nobody: what Toss's check of the account finds out. */
static const char *refund_account_refusal(const struct cancel_request *r) {
    if (r->bank == NULL) return "INVALID_REQUEST";
    if (!payment_bank_known(r->bank)) return "INVALID_BANK";
    size_t n = r->number == NULL ? 0 : strlen(r->number);
    if (n == 0 || n > ACCOUNT_NUMBER_MAX || strspn(r->number, "0123456789") != n)
        return "INVALID_REFUND_ACCOUNT_NUMBER";
    if (r->holder == NULL || *r->holder == '\0' || strspn(r->number, "0") == n) return "INVALID_REFUND_ACCOUNT_INFO";
    return NULL;
}

static bool refund_period_over(const struct payment *p, const struct clock *c, int64_t now) {
    const struct method_info *m = &method_table[p->method];
    if (m->refund_days > 0 && now - p->approved_at > clock_limit(c, m->refund_days * DAY_MS)) return true;
    if (!m->refund_same_month) return false;
    char then[11], today[11];
    date_format(date_seoul(p->approved_at), then);
    date_format(date_seoul(now), today);
    return strncmp(then, today, strlen("2026-01")) != 0;
}

static const char *amount_refusal(const struct payment *p, const struct cancel_request *r) {
    int64_t amount = r->amount == 0 ? p->balance : r->amount;
    if (r->refundable >= 0 && r->refundable != p->balance) return "NOT_MATCHES_REFUNDABLE_AMOUNT";
    if (p->balance == 0 || amount > p->balance) return "NOT_CANCELABLE_AMOUNT";
    if (amount < p->balance && p->status == PAYMENT_WAITING) return "NOT_ALLOWED_PARTIAL_REFUND_WAITING_DEPOSIT";
    if (amount < p->balance && p->use_escrow) return "NOT_ALLOWED_PARTIAL_REFUND";
    return r->tax_free > p->tax_free_balance || r->tax_free > amount ? "INVALID_REQUEST" : NULL;
}

const char *payment_cancel_refusal(const struct payment *p, const struct cancel_request *r, const struct clock *c,
                                   int64_t now) {
    if (p->status == PAYMENT_CANCELED) return "ALREADY_CANCELED_PAYMENT";
    if (p->status != PAYMENT_DONE && p->status != PAYMENT_PARTIAL_CANCELED && p->status != PAYMENT_WAITING)
        return "NOT_CANCELABLE_PAYMENT";
    const char *refusal = amount_refusal(p, r);
    if (refusal != NULL) return refusal;
    if (p->status == PAYMENT_WAITING) return NULL; /* nothing was paid, so nothing goes back */
    if (refund_period_over(p, c, now)) return "EXCEED_MAX_REFUND_DUE";
    if (p->n_cancels >= CANCELS_MAX) return "EXCEED_CANCEL_LIMIT";
    return p->method == METHOD_VIRTUAL_ACCOUNT && !r->by_console ? refund_account_refusal(r) : NULL;
}

static void keep_account(struct refund_account *to, const struct cancel_request *r) {
    if (r->bank == NULL) return;
    strncpy(to->bank, r->bank, sizeof to->bank - 1);
    strncpy(to->number, r->number, sizeof to->number - 1);
    strncpy(to->holder, r->holder, sizeof to->holder - 1);
}

void payment_cancel(struct payment *p, const struct cancel_request *r, struct cancel *cancel, int64_t now) {
    int64_t amount = r->amount == 0 ? p->balance : r->amount;
    bool whole = amount == p->balance;
    if (p->status != PAYMENT_WAITING) keep_account(&p->refund, r);
    /* The rest after a partial cancel leaves the status as it is: measured. */
    move_to(p, whole && p->cancels == NULL ? PAYMENT_CANCELED : PAYMENT_PARTIAL_CANCELED);
    p->balance -= amount;
    p->tax_free_balance = whole ? 0 : p->tax_free_balance - r->tax_free;
    cancel->amount = amount;
    cancel->tax_free = r->tax_free;
    cancel->balance_after = p->balance;
    cancel->at = now;
    if (p->last_cancel != NULL)
        p->last_cancel->next = cancel;
    else
        p->cancels = cancel;
    p->last_cancel = cancel;
    p->n_cancels++;
}

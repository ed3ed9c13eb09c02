#include "toss_codes.h"

#include <string.h>

/* Rules by which a code got its row (Toss, core API: error codes, cancelling):
 *
 * - CALL_REFUSED only where Toss documents a definite no for this very call. Whatever says "already", "temporary" or
 *   "internal" is CALL_UNKNOWN: the payment is looked up, and what stands there decides.
 * - The code decides, not the status: PROVIDER_ERROR is a temporary error with status 400.
 * - Reading executes nothing: refused for any other reason than "not found", it has told nothing and is CALL_RETRY. */
enum {
    OPEN = 1 << TOSS_OPEN,
    CONFIRM = 1 << TOSS_CONFIRM,
    CANCEL = 1 << TOSS_CANCEL,
    GET = 1 << TOSS_GET,
    LIST = 1 << TOSS_LIST,
    PAY = OPEN | CONFIRM,
    POST = PAY | CANCEL,
    READ = GET | LIST,
};
/* clang-format off */
#define NO    {CALL_REFUSED, REFUSAL_FINAL} /* nothing to be done about it */
#define BUYER {CALL_REFUSED, REFUSAL_BUYER} /* another card or way to pay; another account to refund to */
#define SHOP  {CALL_REFUSED, REFUSAL_SHOP}  /* our contract, data or code */
#define LATER {CALL_REFUSED, REFUSAL_LATER} /* the same wish under a new key, later */
#define AGAIN {.outcome = CALL_RETRY}
#define ASK   {.outcome = CALL_UNKNOWN}
#define KEYS  {CALL_UNKNOWN, REFUSAL_SHOP}  /* our keys are wrong: no verdict, it waits for right ones */

const struct toss_code toss_codes[] = {
    {"ALREADY_CANCELED_PAYMENT", CANCEL, ASK}, /* by us, or in Toss's console */
    {"ALREADY_PROCESSED_PAYMENT", CONFIRM, ASK}, /* usually the success of another request */
    {"ALREADY_REFUND_PAYMENT", CANCEL, ASK},
    {"BELOW_MINIMUM_AMOUNT", PAY, SHOP},
    {"CARD_PROCESSING_ERROR", CONFIRM, BUYER},
    {"COMMON_ERROR", CANCEL, ASK},
    {"DUPLICATED_ORDER_ID", OPEN, ASK}, /* our ids are random: somebody has paid under this one */
    {"EXCEED_CANCEL_AMOUNT_DISCOUNT_AMOUNT", CANCEL, SHOP},
    {"EXCEED_CANCEL_LIMIT", CANCEL, NO},
    {"EXCEED_MAX_AMOUNT", CONFIRM, BUYER},
    {"EXCEED_MAX_AUTH_COUNT", CONFIRM, BUYER},
    {"EXCEED_MAX_CARD_INSTALLMENT_PLAN", CONFIRM, BUYER},
    {"EXCEED_MAX_DAILY_PAYMENT_COUNT", CONFIRM, BUYER},
    {"EXCEED_MAX_MONTHLY_PAYMENT_AMOUNT", CONFIRM, BUYER},
    {"EXCEED_MAX_ONE_DAY_AMOUNT", CONFIRM, BUYER},
    {"EXCEED_MAX_ONE_DAY_WITHDRAW_AMOUNT", CONFIRM, BUYER},
    {"EXCEED_MAX_ONE_TIME_WITHDRAW_AMOUNT", CONFIRM, BUYER},
    {"EXCEED_MAX_PAYMENT_AMOUNT", CONFIRM, BUYER},
    {"EXCEED_MAX_REFUND_DUE", CANCEL, NO},
    {"FAILED_INTERNAL_SYSTEM_PROCESSING", POST, ASK},
    {"FAILED_INTERNAL_SYSTEM_PROCESSING", READ, AGAIN},
    {"FAILED_METHOD_HANDLING_CANCEL", CANCEL, ASK},
    {"FAILED_PARTIAL_REFUND", CANCEL, ASK},
    {"FAILED_PAYMENT_INTERNAL_SYSTEM_PROCESSING", POST, ASK},
    {"FAILED_PAYMENT_INTERNAL_SYSTEM_PROCESSING", READ, AGAIN},
    {"FAILED_REFUND_PROCESS", CANCEL, ASK},
    {"FDS_ERROR", CONFIRM, BUYER},
    {"FORBIDDEN_BANK_REFUND_REQUEST", CANCEL, BUYER}, /* the account takes no deposits */
    {"FORBIDDEN_CONSECUTIVE_REQUEST", POST, ASK}, /* the one before may be what is being asked about */
    {"FORBIDDEN_CONSECUTIVE_REQUEST", READ, AGAIN},
    {"FORBIDDEN_REQUEST", POST, SHOP},
    {"FORBIDDEN_REQUEST", READ, AGAIN},
    {"IDEMPOTENT_REQUEST_PROCESSING", POST, AGAIN}, /* the first request under this key is still running */
    {"INCORRECT_BASIC_AUTH_FORMAT", POST, KEYS},
    {"INCORRECT_BASIC_AUTH_FORMAT", READ, AGAIN},
    {"INVALID_ACCOUNT_INFO_RE_REGISTER", CONFIRM, BUYER},
    {"INVALID_API_KEY", POST, KEYS},
    {"INVALID_API_KEY", READ, AGAIN},
    {"INVALID_AUTHORIZE_AUTH", CONFIRM, SHOP},
    {"INVALID_BANK", CANCEL, BUYER},
    {"INVALID_CARD_EXPIRATION", CONFIRM, BUYER},
    {"INVALID_CARD_INSTALLMENT_PLAN", CONFIRM, BUYER},
    {"INVALID_CARD_LOST_OR_STOLEN", CONFIRM, BUYER},
    {"INVALID_CARD_NUMBER", CONFIRM, BUYER},
    {"INVALID_IDEMPOTENCY_KEY", POST, SHOP},
    {"INVALID_PASSWORD", CONFIRM, BUYER},
    {"INVALID_REFUND_ACCOUNT_INFO", CANCEL, BUYER},
    {"INVALID_REFUND_ACCOUNT_NUMBER", CANCEL, BUYER},
    {"INVALID_REJECT_CARD", CONFIRM, BUYER},
    {"INVALID_REQUEST", POST, SHOP},
    {"INVALID_REQUEST", READ, AGAIN},
    {"INVALID_STOPPED_CARD", CONFIRM, BUYER},
    {"INVALID_SUCCESS_URL", OPEN, SHOP},
    {"INVALID_UNREGISTERED_SUBMALL", CONFIRM, SHOP},
    {"NOT_ALLOWED_PARTIAL_REFUND", CANCEL, NO},
    {"NOT_ALLOWED_PARTIAL_REFUND_WAITING_DEPOSIT", CANCEL, NO},
    {"NOT_ALLOWED_POINT_USE", CONFIRM, BUYER},
    {"NOT_AVAILABLE_BANK", CANCEL, LATER}, /* outside of the bank's hours; the refusal is bound to the key */
    {"NOT_AVAILABLE_BANK", CONFIRM, BUYER},
    {"NOT_AVAILABLE_PAYMENT", CONFIRM, BUYER},
    {"NOT_CANCELABLE_AMOUNT", CANCEL, NO}, /* more than the balance, or nothing left after partial cancels */
    {"NOT_CANCELABLE_PAYMENT", CANCEL, NO},
    {"NOT_CANCELABLE_PAYMENT_FOR_DORMANT_USER", CANCEL, NO},
    {"NOT_FOUND", GET, NO},
    {"NOT_FOUND_PAYMENT", CONFIRM | CANCEL | GET, NO},
    {"NOT_FOUND_PAYMENT_SESSION", CONFIRM, NO}, /* too late, or the order id of another window */
    {"NOT_FOUND_TERMINAL_ID", CONFIRM, SHOP},
    {"NOT_MATCHES_REFUNDABLE_AMOUNT", CANCEL, LATER}, /* nothing executed; re-read the balance, then a new key */
    {"NOT_REGISTERED_BUSINESS", CONFIRM, SHOP},
    {"NOT_SUPPORTED_INSTALLMENT_PLAN_CARD_OR_MERCHANT", CONFIRM, BUYER},
    {"NOT_SUPPORTED_METHOD", OPEN, SHOP},
    {"NOT_SUPPORTED_MONTHLY_INSTALLMENT_PLAN", CONFIRM, BUYER},
    {"NOT_SUPPORTED_MONTHLY_INSTALLMENT_PLAN_BELOW_AMOUNT", GET, AGAIN},
    {"NOT_SUPPORTED_WIDGET_KEY", POST, KEYS},
    {"NOT_SUPPORTED_WIDGET_KEY", READ, AGAIN},
    {"PROVIDER_ERROR", POST, ASK},
    {"PROVIDER_ERROR", READ, AGAIN},
    {"REFUND_REJECTED", CANCEL, SHOP},
    {"REJECT_ACCOUNT_PAYMENT", CONFIRM, BUYER},
    {"REJECT_CARD_COMPANY", CONFIRM, BUYER},
    {"REJECT_CARD_PAYMENT", CONFIRM, BUYER},
    {"REJECT_TOSSPAY_INVALID_ACCOUNT", CONFIRM, BUYER},
    {"RESTRICTED_TRANSFER_ACCOUNT", CONFIRM, BUYER},
    {"UNAPPROVED_ORDER_ID", CONFIRM, SHOP},
    {"UNAUTHORIZED_KEY", POST, KEYS},
    {"UNAUTHORIZED_KEY", READ, AGAIN},
    {"UNKNOWN_PAYMENT_ERROR", CONFIRM, ASK},
};
/* clang-format on */
const size_t toss_n_codes = sizeof toss_codes / sizeof *toss_codes;

static const struct toss_code *find(enum toss_call call, const char *code) {
    size_t low = 0, high = toss_n_codes;
    while (low < high) { /* the first row of the code */
        size_t middle = low + (high - low) / 2;
        if (strcmp(toss_codes[middle].code, code) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < toss_n_codes && strcmp(toss_codes[low].code, code) == 0; low++)
        if ((toss_codes[low].calls & 1u << call) != 0) return &toss_codes[low];
    return NULL;
}

const char *toss_call_name(enum toss_call call) {
    static const char *const names[] = {"open", "confirm", "cancel", "look_up", "list"};
    return names[call];
}

static bool is_read(enum toss_call call) { return call == TOSS_GET || call == TOSS_LIST; }

/* New codes appear without notice (Toss, versioning). One that is not in the table, or not for this call, proves
 * nothing: confirm and cancel are looked up whatever the status. Opening moves no money, so a 4xx may end it, and the
 * buyer sees it at once. */
struct toss_verdict toss_judge(enum toss_call call, int status, const char *code) {
    const struct toss_code *row = code == NULL ? NULL : find(call, code);
    if (row != NULL) return row->verdict;
    if (status == 429) return (struct toss_verdict)AGAIN; /* refused at the door; its body is not documented */
    if (is_read(call)) return (struct toss_verdict)AGAIN;
    if (call == TOSS_OPEN && code != NULL && status >= 400 && status < 500) return (struct toss_verdict)SHOP;
    return (struct toss_verdict)ASK;
}

enum call_outcome toss_unanswered(enum toss_call call, enum http_transport transport) {
    static const enum call_outcome table[] = {
        [HTTP_ANSWERED] = CALL_UNKNOWN, /* with something that cannot be read */
        [HTTP_NOT_SENT] = CALL_RETRY,
        [HTTP_UNKNOWN] = CALL_UNKNOWN,
        [HTTP_TOO_LARGE] = CALL_UNKNOWN,
    };
    return is_read(call) ? CALL_RETRY : table[transport];
}

bool toss_is_well(int status) { return status < 500 && status != 429; }

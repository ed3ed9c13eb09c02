/* status - every outcome a call can have, its stable code and its HTTP status: the only mapping (api.md, "Errors"). */
#pragma once
#include <stdbool.h>

/* clang-format off */
enum status {
    ST_OK = 0,       /* 200 */
    ST_CREATED,      /* 201 */
    ST_ACCEPTED,     /* 202 */
    ST_NO_CONTENT,   /* 204 */
    ST_PARKED,       /* never on the wire: the handler answers later with bus_reply() */
    ST_DRAINING,     /* never over HTTP: not executed, another replica may be asked */
    ST_EXPIRED_CALL, /* never over HTTP: deadline passed before execution, not executed */
    /* 400 */
    ST_MALFORMED_JSON, ST_SOLD_OUT, ST_RESERVATION_FAILED, ST_SALE_NOT_OPEN, ST_SALE_ENDED, ST_LIMIT_PER_ORDER,
    ST_LIMIT_PER_PHONE, ST_AMOUNT_MISMATCH, ST_BAD_REQUEST,
    /* 401, 403 */
    ST_UNAUTHENTICATED, ST_FORBIDDEN, ST_TOKEN_REQUIRED, ST_QUEUE_PASS_REQUIRED, ST_PROOF_REQUIRED,
    /* 404, 405 */
    ST_NOT_FOUND, ST_METHOD_NOT_ALLOWED,
    /* 409 */
    ST_IDEMPOTENCY_MISMATCH, ST_INVALID_STATE, ST_ORDER_EXPIRED, ST_REFUND_CLOSED, ST_QUOTE_CHANGED,
    ST_TOTAL_BELOW_SOLD, ST_IN_USE,
    /* 408, 413, 415, 422, 423, 429, 431 */
    ST_REQUEST_TIMEOUT, ST_BODY_TOO_LARGE, ST_UNSUPPORTED_MEDIA_TYPE, ST_VALIDATION_FAILED, ST_ACCOUNT_LOCKED,
    ST_RATE_LIMITED, ST_HEADERS_TOO_LARGE,
    /* 500, 502, 503, 504 */
    ST_INTERNAL, ST_PAYMENT_PROVIDER_ERROR, ST_BUSY, ST_OUTCOME_UNKNOWN,
    ST_COUNT
};
/* clang-format on */

enum lang { LANG_KO, LANG_EN };

int status_http(enum status s);
/* The stable upper-case code, e.g. "SOLD_OUT". */
const char *status_code(enum status s);
/* The sentence for people; Korean is the product's first language. */
const char *status_detail(enum status s, enum lang lang);
static inline bool status_is_success(enum status s) { return s <= ST_NO_CONTENT; }

/* columns - the columns of attempts and refunds (migrations/007_payment.sql) and where they lie in their structs.
 *
 * X(type, column, member, saved). A saved column must also be listed in move_attempts() or move_refunds(). */
#pragma once
#include "attempt.h"
#include "refund.h"
#include "row.h"

/* clang-format off */
#define SAGA_COLUMNS(X)                             \
    X(INT,   version,          saga.version, false) \
    X(STATE, state,            saga.state,   false) \
    X(INT,   tries,            saga.tries,   false)

#define ATTEMPT_COLUMNS(X)                          \
    SAGA_COLUMNS(X)                                 \
    X(TEXT, attempt_id,       attempt_id,       false) \
    X(INT,  fence,            fence,            true)  \
    X(TEXT, order_number,     order_number,     false) \
    X(INT,  exhibition_id,    exhibition_id,    false) \
    X(INT,  amount,           amount,           false) \
    X(TEXT, method,           method,           true)  \
    X(INT,  key_no,           key_no,           true)  \
    X(TEXT, payment_key,      payment_key,      true)  \
    X(TEXT, checkout_url,     checkout_url,     true)  \
    X(TIME, confirmed_at,     confirmed_ms,     true)  \
    X(INT,  balance,          balance,          true)  \
    X(TIME, approved_at,      approved_ms,      true)  \
    X(TEXT, receipt_url,      receipt_url,      true)  \
    X(TEXT, transaction_key,  transaction_key,  true)  \
    X(TEXT, secret_hash,      secret_hash,      true)  \
    X(TEXT, bank,             bank,             true)  \
    X(TEXT, account_number,   account_number,   true)  \
    X(TEXT, account_holder,   account_holder,   true)  \
    X(TIME, account_due,      account_due_ms,   true)  \
    X(TEXT, failure_code,     failure_code,     true)  \
    X(TEXT, failure_message,  failure_message,  true)  \
    X(BOOL, cancelled,        cancelled,        true)  \
    X(TIME, looked_at,        looked_ms,        true)  \
    X(TIME, created_at,       created_ms,       false)

#define REFUND_COLUMNS(X)                           \
    SAGA_COLUMNS(X)                                 \
    X(TEXT, refund_id,        refund_id,        false) \
    X(TEXT, kind,             kind,             false) \
    X(ID,   attempt,          attempt,          true)  \
    X(TEXT, order_number,     order_number,     false) \
    X(INT,  exhibition_id,    exhibition_id,    false) \
    X(INTS, tickets,          tickets,          true)  \
    X(INT,  amount,           amount,           true)  \
    X(INT,  fee,              fee,              true)  \
    X(JSON, policy_step,      policy_step,      true)  \
    X(TEXT, reason,           reason,           false) \
    X(BOOL, fee_waived,       fee_waived,       false) \
    X(INT,  requested_by,     requested_by,     false) \
    X(INT,  key_no,           key_no,           true)  \
    X(INT,  balance_before,   balance_before,   true)  \
    X(TEXT, transaction_key,  transaction_key,  true)  \
    X(TIME, refunded_at,      refunded_ms,      true)  \
    X(TEXT, account,          account,          true)  \
    X(TEXT, failure_code,     failure_code,     true)  \
    X(TEXT, failure_message,  failure_message,  true)  \
    X(TIME, created_at,       created_ms,       false) \
    X(TIME, done_at,          done_ms,          false)
/* clang-format on */

#define COLUMN_SQL(type, column, member, saved) ", " ROW_SQL_##type(column)
/* What row_read() needs selected. */
#define ATTEMPT_SELECT "id" ATTEMPT_COLUMNS(COLUMN_SQL)
#define REFUND_SELECT "id" REFUND_COLUMNS(COLUMN_SQL)

extern const struct row_table row_tables[SAGA_KINDS];

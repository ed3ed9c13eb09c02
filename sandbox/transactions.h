/* transactions - one row per movement of money, in order of time: what GET /v1/transactions lists.
 *
 * A ring: the oldest rows give way. The key of a row holds its number, so that paging finds its place without a search. Not
 * thread-safe: belongs to the book. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "payment.h"

struct transaction {
    char key[TRANSACTION_KEY_LEN + 1], payment_key[PAYMENT_KEY_LEN + 1], order_id[ORDER_ID_MAX + 1];
    uint32_t shop;
    bool use_escrow, listed /* false: a key was needed, but no money moved */;
    enum method method;
    enum payment_status status;
    int64_t amount, at;
};

struct transactions;
struct transactions *transactions_open(size_t max);
void transactions_close(struct transactions **t);
void transactions_clear(struct transactions *t);
/* A row about `p` as it is now, with a new key, which becomes its last_transaction. */
const struct transaction *transactions_add(struct transactions *t, struct payment *p, int64_t amount, bool listed,
                                           int64_t now);
/* Puts back a row that was written down, with its key. */
void transactions_restore(struct transactions *t, const struct transaction *row);
/* Number of the first row at or after `ms`. */
uint64_t transactions_since(const struct transactions *t, int64_t ms);
/* Number of the row behind the one with this key; false: no such row (any more). */
bool transactions_after(const struct transactions *t, const char *key, uint64_t *number);
/* NULL: beyond the newest. Numbers of rows that have given way are answered by the oldest: *number is moved on. */
const struct transaction *transactions_at(const struct transactions *t, uint64_t *number);

/* payment_book - every payment there is, found by key and by order id, and lined up by what they wait for.
 *
 * One mutex: enter, look, change, leave. Nothing slow happens inside. A pointer to a payment is good until book_leave(). */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "payment.h"
#include "transactions.h"

struct book;
/* At most `max` payments: the longest settled one gives way to a new one, and if all are open the oldest. */
struct book *book_open(size_t max);
void book_close(struct book **b);

void book_enter(struct book *b);
void book_leave(struct book *b);

/* All of these inside. */
struct transactions *book_transactions(struct book *b);
/* Takes over `p`, whose identity is complete. */
void book_add(struct book *b, struct payment *p);
/* Frees it. */
void book_remove(struct book *b, struct payment *p);
/* To be called after each change of status: lines it up anew. */
void book_line_up(struct book *b, struct payment *p);
struct payment *book_by_key(struct book *b, const char *key); /* NULL: unknown */
/* The newest of that order, and from there the older ones. */
struct payment *book_by_order(struct book *b, const char *order_id);
struct payment *book_older_of_order(const struct payment *p);
/* The one that has waited longest in that status, which must be READY or IN_PROGRESS: deadlines come in this order. */
struct payment *book_first_open(struct book *b, enum payment_status status);
size_t book_size(const struct book *b);
void book_clear(struct book *b);
/* Calls `visit` with each payment, the longest known of each line first. */
void book_each(struct book *b, void (*visit)(void *arg, const struct payment *p), void *arg);

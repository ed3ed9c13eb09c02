/* journal - a file that keeps payments, transactions, answers under idempotency keys and messages over a restart
 * (SANDBOX_STATE).
 *
 * Every change appends one record; at start the records are read and written anew, each thing once. A machine that loses power
 * loses the last moments, a killed process nothing. Records have the layout of this build: another build's file is begun anew. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct book;
struct idempotency;
struct journal;
struct message;
struct message_book;
struct payment;
struct transaction;

/* Reads `path` into the others, which must be empty. NULL when the file cannot be written; logged. */
struct journal *journal_open(const char *path, struct book *b, struct idempotency *i, struct message_book *m);
void journal_close(struct journal **j);
/* All of these take NULL for "no journal". */
void journal_payment(struct journal *j, const struct payment *p);
void journal_transaction(struct journal *j, const struct transaction *t);
void journal_answer(struct journal *j, const char *identity, int64_t first_used, int status, const void *body,
                    size_t len);
void journal_message(struct journal *j, const struct message *m);
/* The file anew, after something was cleared. */
void journal_rewrite(struct journal *j, struct book *b, struct idempotency *i, struct message_book *m);

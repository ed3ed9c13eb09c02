/* toss_answer - reads what Toss sends: payments, errors, lists of transactions, webhooks. Pure.
 *
 * Fields, enum values, methods and codes that are not known are ignored: Toss adds them without notice. What is read is
 * either right or refused as a whole: money is never guessed from half an answer. Results live in the arena. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "provider.h"

struct arena;

/* The API version whose answers this code was written against. */
#define TOSS_VERSION "2022-11-16"

/* A Payment object. NULL: it is none, or lacks paymentKey, orderId, status, totalAmount or balanceAmount, or the key or
 * amount of a cancel, or one of its amounts is no whole number. *version: NULL if not said. */
const struct money *toss_payment(struct arena *a, const char *text, size_t len, const char **version);

struct toss_error {
    const char *code;    /* upper case letters, digits and _; NULL: none */
    const char *message; /* NULL: none */
};
struct toss_error toss_error(struct arena *a, const char *text, size_t len);

/* Rows of GET /v1/transactions; false if one of them cannot be understood. */
bool toss_transactions(struct arena *a, const char *text, size_t len, struct money_moved **rows, size_t *n);

/* See read_notice in provider.h. */
bool toss_notice(struct arena *a, const char *text, size_t len, struct notice *n);

/* The word the API wants for ours; NULL: it has none. */
const char *toss_method(const char *ours);

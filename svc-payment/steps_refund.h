/* steps_refund - what is done in each state of a refund (saga_table.c says which). */
#pragma once
#include "refund.h"

struct attempt;

void step_noted(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m);
void step_requested(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m);
void step_voided(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m);
void step_cancel(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m);
void step_cancel_refused(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m);
void step_refunded(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m);
/* The buyer or staff must say where the money goes. */
void step_needs_account(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m);

/* What steps share. */
static inline struct refund *refund_of(struct saga *row) { return (struct refund *)(void *)row; }
/* The payment that the refund belongs to. NULL: it could not be read; *m says when again. */
struct attempt *refund_payment(struct payment *p, struct arena *a, struct refund *r, struct saga_move *m);
/* Tried again every hour, told as an error, and named in the list of stuck payments. */
void refund_stuck(struct refund *r, struct saga_move *m, const char *code, const char *why);

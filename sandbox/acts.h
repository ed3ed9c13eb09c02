/* acts - one act on one payment, by the shop, the bank or Toss's console: found, judged, changed, answered. */
#pragma once
#include "changes.h"
#include "sandbox.h"

/* Inside the book. NULL: done; else the code of the refusal, and nothing changed. */
typedef const char *act_fn(struct cause *c, struct payment *p, const void *wish);
/* The answer is the payment, or the refusal. */
void act_on_payment(struct exchange *x, const char *payment_key, act_fn *act, const void *wish);

/* announce - the bodies of Toss's events (reference, webhook events), handed to the sender. */
#pragma once
#include "changes.h"

/* The payment has entered a status that Toss tells the shop about. Inside the book. */
void announce(struct cause *c, const struct payment *p);

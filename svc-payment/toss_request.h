/* toss_request - addresses and bodies of the calls to Toss. Pure. NULL: the wish cannot be put into a call (a text that
 * is too long, a way to pay that Toss does not have, no memory). */
#pragma once
#include <stdint.h>
#include "provider.h"

struct arena;

/* <base><before><key><after>; the key, of a payment or an order, may contain anything. */
const char *toss_path(struct arena *a, const char *base, const char *before, const char *key, const char *after);
const char *toss_list_url(struct arena *a, const char *base, int64_t from_ms, int64_t to_ms, const char *after,
                          int limit);

const char *toss_open_body(struct arena *a, const struct payment_wish *w);
const char *toss_confirm_body(struct arena *a, const char *payment_key, const char *attempt_id, int64_t amount);
const char *toss_cancel_body(struct arena *a, const struct cancel_wish *w);

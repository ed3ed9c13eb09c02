/* shops - whose keys are accepted: TOSS_SECRET_KEY and TOSS_CLIENT_KEY, pair by pair. Each pair is a shop of its own; a
 * shop does not see the payments of another. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#define SHOPS_MAX 16

struct shops;
/* NULL: not lists of the same length of test keys (test_sk_…, test_ck_…); logged. */
struct shops *shops_open(const char *secret_keys, const char *client_keys);
void shops_close(struct shops **s);
/* The Authorization header of a call: NULL and the shop, or the code it is refused with. */
const char *shops_authorize(const struct shops *s, const char *authorization, size_t *shop);
bool shops_of_client(const struct shops *s, const char *client_key, size_t *shop);
const char *shops_m_id(const struct shops *s, size_t shop);

/* account - where money goes back to when it came by deposit. A number that is personal: it is read from a request, sealed, and
 * opened again only for the call to the provider. */
#pragma once
#include <stdbool.h>
#include "provider.h"

struct arena;
struct json_in;
struct seal_key;

/* Member "refund_account": {"bank","account_number","holder_name"}. False: absent, or wrong (then there are faults). Hyphens of the
 * number are dropped. */
bool account_read(struct json_in *in, struct refund_account *acc);
/* For the row of this refund only. NULL: no room. */
const char *account_seal(struct arena *a, const struct seal_key *k, const char *refund_id,
                         const struct refund_account *acc);
/* False: not sealed by this key for this refund. */
bool account_open(struct arena *a, const struct seal_key *k, const char *refund_id, const char *sealed,
                  struct refund_account *acc);

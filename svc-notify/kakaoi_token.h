/* kakaoi_token - the access token of Kakao i Connect Message: it lives for hours, is renewed when three quarters of that are over,
 * and at once when the service refuses it. Shared by all threads; one renews, the others go on with the old one as long as it
 * lives. */
#pragma once
#include <stdint.h>
#include "wire.h"

struct kakaoi_token;

/* NULL when out of memory. Both must outlive it. */
struct kakaoi_token *kakaoi_token_open(const struct provider_conf *conf, struct wire *w);
void kakaoi_token_close(struct kakaoi_token **t);

struct bearer {
    const char *header;     /* "Authorization: Bearer …", in the arena; NULL: none is to be had */
    struct trouble trouble; /* why not */
    uint64_t serial;
};
/* Waits until `until_ms` (time_mono_ms) at the longest. */
struct bearer kakaoi_token_get(struct kakaoi_token *t, struct arena *a, int64_t until_ms);
/* The service does not take this one any more. */
void kakaoi_token_refused(struct kakaoi_token *t, uint64_t serial);

/* cookies - what a signed-in browser carries, and how a write shows that it comes from our own page. Pure.
 *
 * Scripts can read only csrf_token, and another site's scripts not even that: whoever sends it back in X-CSRF-Token is our page. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/strbuf.h"

struct arena;
struct hmac_key;

enum cookie { COOKIE_ACCESS, COOKIE_REFRESH, COOKIE_CSRF, COOKIE_COUNT };
#define CSRF_TEXT 44    /* base64url of an HMAC, NUL */
#define COOKIE_MAX 4096 /* what a browser keeps of one, with its attributes */

/* Its value in a Cookie header, copied into the arena; NULL: it is not there. */
const char *cookie_get(struct arena *a, const char *header, enum cookie which);
/* Appends the value of a Set-Cookie header. `max_age`: seconds; 0 takes the cookie back. */
void cookie_set(struct strbuf *out, enum cookie which, const char *value, int64_t max_age, bool secure);

void csrf_make(const struct hmac_key *key, const char *session, char out[CSRF_TEXT]);
bool csrf_holds(const struct hmac_key *key, const char *session, const char *given);

/* Does a page of `origin` belong to us? It does if it is where the request was sent to (its Host; https only, if `https`), that of
 * `public_url`, or one of `origins`, joined by ','. */
bool origin_is_own(const char *origin, const char *host, bool https, const char *public_url, const char *origins);

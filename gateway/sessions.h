/* sessions - which sessions of the staff have changed, so that their older tokens are refused within two seconds. Pure: pulled from
 * svc-admin by puller.h, and what was heard last counts while it is away.
 *
 * Bounded: the session noted longest ago makes room. There is room for more than can end while an access token lives: each was
 * begun by a login, and logins are limited. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "puller.h"

#define SESSIONS_ROOM 65536
#define SESSION_TEXT 65 /* longest id of a session, NUL */

struct arena;
struct sessions;
extern const struct feed sessions_feed;

struct sessions *sessions_open(void);
/* A page of svc-admin's: {"until_ms","sessions":[{"session","version"}],"more"}. 1: ask for the next, 0: it was the last, -1: malformed,
 * nothing changed. */
int sessions_apply(struct sessions *s, struct arena *a, const char *page, size_t len);
/* What the last page said to go on from; 0: all that can still matter. */
int64_t sessions_since_ms(struct sessions *s);
/* Has everything that can still matter been heard once? Until then nobody knows which sessions have ended. */
bool sessions_heard(struct sessions *s);
/* Is a token of this version still good, by what was heard? Of "" (no session) always. */
bool sessions_allow(struct sessions *s, const char *session, int64_t version);
void sessions_close(struct sessions **s);

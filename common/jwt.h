/* jwt - access tokens of staff and of gate devices: HS256 by libjwt, algorithm pinned, issuer "exhibition", expiry enforced here. */
#pragma once
#include <stdint.h>
#include "role.h"

/* The longest token: as a cookie it has to fit, with name and attributes, into the 4096 bytes that browsers keep. */
#define JWT_MAX 4000

struct arena;
struct staff_claims {
    int64_t user_id; /* of a device: its id */
    enum role role;
    const char *scope;   /* "*" or exhibition codes joined by ',' */
    const char *session; /* id of the session; "" for tokens of `make token` */
    int64_t version;     /* of the session: an older one than its owner names is revoked */
    int64_t expires_ms;
};
/* NULL on failure. The text lives in the arena. */
const char *jwt_make(struct arena *a, const char *secret, const struct staff_claims *c);
/* 0, or -1: wrong algorithm, signature, shape, none of the `roles` this key may vouch for, or expired at `now`. Texts live
 * in the arena. */
int jwt_check(struct arena *a, const char *secret, unsigned roles, const char *token, int64_t now_ms,
              struct staff_claims *out);

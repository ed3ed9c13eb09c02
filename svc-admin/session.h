/* session - somebody who signed in: its refresh token, and what becomes of one that is brought. Pure.
 *
 * A refresh token names session and generation and is signed: the database holds nothing that would open a session. Each use
 * makes the next generation. Whoever brings an older one has a copy of what was used already, or the thief has: the session ends.
 * Only whoever repeats the call under its idempotency key, because the answer was lost, hears the same again. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "common/crypto.h"

#define SESSION_ID_BYTES 16
#define SESSION_ID_LEN 22
#define REFRESH_TOKEN_LEN 75

struct session {
    char id[SESSION_ID_LEN + 1];
    int64_t user_id; /* 0: there is no such session */
    int64_t version, generation;
    const char *refresh_key; /* digest of the idempotency key that made this generation; NULL: none */
    bool otp;                /* the second factor was shown */
    const char *client, *user_agent;
    int64_t created_ms, used_ms, ended_ms; /* ended_ms 0: it goes on */
};
struct session_limits {
    int64_t idle_ms, max_ms;
};

enum session_verdict {
    SESSION_OVER,
    SESSION_NEXT,   /* the next generation */
    SESSION_REPEAT, /* this generation, once more */
    SESSION_REUSED  /* a used one: the session ends */
};
enum session_verdict session_judge(const struct session *s, const struct session_limits *limits, int64_t generation,
                                   const char *refresh_key, int64_t now_ms);
/* When it ends if nobody uses it any more. */
int64_t session_until(const struct session *s, const struct session_limits *limits);

void session_id_make(char out[SESSION_ID_LEN + 1]);
/* False: `id` is none of ours. */
bool session_token_make(const struct hmac_key *key, const char *id, int64_t generation,
                        char out[REFRESH_TOKEN_LEN + 1]);
bool session_token_read(const struct hmac_key *key, const char *token, char id[SESSION_ID_LEN + 1],
                        int64_t *generation);

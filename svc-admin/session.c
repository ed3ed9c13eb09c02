#include "session.h"
#include <string.h>

#define GENERATION_BYTES 8
#define TOKEN_BYTES (SESSION_ID_BYTES + GENERATION_BYTES + HMAC_LEN)

static const char label[] = "refresh";

int64_t session_until(const struct session *s, const struct session_limits *limits) {
    int64_t idle = s->used_ms + limits->idle_ms, most = s->created_ms + limits->max_ms;
    return idle < most ? idle : most;
}

enum session_verdict session_judge(const struct session *s, const struct session_limits *limits, int64_t generation,
                                   const char *refresh_key, int64_t now_ms) {
    if (s->user_id == 0 || s->ended_ms != 0 || now_ms >= session_until(s, limits)) return SESSION_OVER;
    if (generation == s->generation) return SESSION_NEXT;
    if (generation > s->generation) return SESSION_OVER; /* the database is older than the token */
    bool repeat = generation == s->generation - 1 && refresh_key != NULL && s->refresh_key != NULL &&
                  strcmp(refresh_key, s->refresh_key) == 0;
    return repeat ? SESSION_REPEAT : SESSION_REUSED;
}

void session_id_make(char out[SESSION_ID_LEN + 1]) {
    uint8_t bytes[SESSION_ID_BYTES];
    random_bytes(bytes, sizeof bytes);
    base64url_encode(bytes, sizeof bytes, out);
}

bool session_token_make(const struct hmac_key *key, const char *id, int64_t generation,
                        char out[REFRESH_TOKEN_LEN + 1]) {
    uint8_t bytes[TOKEN_BYTES];
    if (base64url_decode(id, strlen(id), bytes, SESSION_ID_BYTES) != SESSION_ID_BYTES) return false;
    for (size_t i = 0; i < GENERATION_BYTES; i++)
        bytes[SESSION_ID_BYTES + i] = (uint8_t)((uint64_t)generation >> (8 * (GENERATION_BYTES - 1 - i)));
    const struct slice parts[] = {{label, sizeof label}, {bytes, TOKEN_BYTES - HMAC_LEN}};
    hmac_sign(key, parts, 2, bytes + TOKEN_BYTES - HMAC_LEN);
    base64url_encode(bytes, sizeof bytes, out);
    cleanse(bytes, sizeof bytes);
    return true;
}

bool session_token_read(const struct hmac_key *key, const char *token, char id[SESSION_ID_LEN + 1],
                        int64_t *generation) {
    uint8_t bytes[TOKEN_BYTES];
    uint64_t n = 0;
    if (strlen(token) != REFRESH_TOKEN_LEN) return false;
    if (base64url_decode(token, REFRESH_TOKEN_LEN, bytes, sizeof bytes) != TOKEN_BYTES) return false;
    const struct slice parts[] = {{label, sizeof label}, {bytes, TOKEN_BYTES - HMAC_LEN}};
    if (!hmac_check(key, parts, 2, bytes + TOKEN_BYTES - HMAC_LEN)) return false;
    for (size_t i = 0; i < GENERATION_BYTES; i++) n = n << 8 | bytes[SESSION_ID_BYTES + i];
    *generation = (int64_t)n;
    base64url_encode(bytes, SESSION_ID_BYTES, id);
    return true;
}

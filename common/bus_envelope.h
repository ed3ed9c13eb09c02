/* bus_envelope - how calls look on the wire: pure, no clock, no network.
 *
 *   message   "TBUS" | version u8 | kind u8 | count u16 | caller text | count x (length u32, frame) | MAC 32 bytes
 *   request   op, request id, key, path, scope, client: text each | deadline i64 | user i64 | role u16 | flags u8 | token u8
 *             | token version u16 | number of params u8, (name, value)* | body u32 length, bytes, NUL
 *   answer    status u16 | retry after u16 | body u32 length, bytes
 *   text      u16 length, bytes without NUL, NUL; all numbers big endian
 *
 * The MAC is HMAC-SHA256 with the calling service's key over everything before it; that of a reply covers the request's MAC
 * too, so a reply fits one request only. Nothing behind the caller's name is believed before env_verify() said yes. Texts end
 * with NUL on the wire so that the reader uses them where they are: what env_head_read() gives lives as long as the message. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "bus.h"
#include "crypto.h"

#define ENV_VERSION 2
#define ENV_MAX_SERVICE 32
#define ENV_MAX_MESSAGE (BUS_MAX_MESSAGE - 64) /* leaves room for nng's own header */
#define ENV_ANSWER_HEAD 8                      /* an answer's frame without its body */

enum env_kind {
    ENV_REQUEST = 1,
    ENV_REPLY,
    ENV_REFUSAL /* one answer, not signed: the request was not understood or not believed */
};
enum env_fault { ENV_OK, ENV_BAD_SHAPE, ENV_BAD_VERSION };

/* ---- frames ---- */
/* Bytes of a call's frame; 0: some text or the body is too long. */
size_t env_head_size(const struct bus_head *h);
void env_head_write(const struct bus_head *h, uint8_t *out);
bool env_head_read(struct bus_head *h, const uint8_t *frame, size_t len);

static inline size_t env_answer_size(size_t body_len) { return ENV_ANSWER_HEAD + body_len; }
void env_answer_write(uint8_t *out, enum status st, int retry_after, const void *body, size_t body_len);
/* The body points into the frame and is not terminated. */
bool env_answer_read(struct bus_reply *r, const uint8_t *frame, size_t len);

/* ---- messages: write ---- */
/* `frames`: sum of the frames' bytes. */
size_t env_size(const char *caller, size_t n, size_t frames);
struct env_writer {
    uint8_t *start, *at;
};
void env_begin(struct env_writer *w, uint8_t *out, enum env_kind kind, const char *caller, size_t n);
/* Where the next frame of `len` bytes goes. */
uint8_t *env_frame(struct env_writer *w, size_t len);
/* The last step. `request_mac` for replies, else NULL; a refusal has key NULL and zeros for a MAC. */
void env_sign(struct env_writer *w, const struct hmac_key *key, const uint8_t *request_mac, uint8_t mac[HMAC_LEN]);

/* ---- messages: read ---- */
struct envelope {
    enum env_kind kind;
    char caller[ENV_MAX_SERVICE + 1];
    size_t n; /* frames it says to have: 1..BUS_MAX_BATCH */
    const uint8_t *start, *at, *mac;
};
/* Head only. The frames are still unbelieved bytes. */
enum env_fault env_open(struct envelope *e, const uint8_t *data, size_t len);
bool env_verify(const struct envelope *e, const struct hmac_key *key, const uint8_t *request_mac);
/* NULL when there is no whole further frame. */
const uint8_t *env_next(struct envelope *e, size_t *len);
/* True when all bytes were consumed. */
static inline bool env_done(const struct envelope *e) { return e->at == e->mac; }
/* The op of the first frame, to choose a queue by before the MAC is checked; NULL when there is none. */
const char *env_peek_op(const struct envelope *e);

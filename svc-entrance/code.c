#include "code.h"
#include <string.h>
#include "common/crypto.h"

#define FORMAT 1
#define TEXT_BYTES (CODE_BYTES + SIGNATURE_LEN)
static const char signed_for[] = "exhibition-code/1";
static const char id_label[] = "ticket-code-id";

/* ---- big endian ---- */

static uint8_t *put(uint8_t *at, uint64_t v, int bytes) {
    for (int i = bytes; i-- > 0; v >>= 8) at[i] = (uint8_t)v;
    return at + bytes;
}

static uint64_t take(const uint8_t **at, int bytes) {
    uint64_t v = 0;
    for (int i = 0; i < bytes; i++) v = v << 8 | *(*at)++;
    return v;
}

/* ---- the form ---- */

static void write_parts(const struct code *c, uint8_t out[CODE_BYTES]) {
    uint8_t *at = put(out, FORMAT, 1);
    at = put(at, c->kind, 1);
    at = put(at, c->key_id, 2);
    at = put(at, (uint64_t)c->id, 8);
    at = put(at, (uint64_t)c->order_id, 8);
    at = put(at, c->exhibition_id, 4);
    at = put(at, c->product_id, 4);
    at = put(at, (uint32_t)c->visit_day, 4);
    at = put(at, c->slot_begins, 2);
    at = put(at, c->slot_ends, 2);
    at = put(at, c->version, 2);
    put(at, c->issued_s, 4);
}

static void read_parts(const uint8_t in[CODE_BYTES], struct code *c) {
    const uint8_t *at = in + 1;
    c->kind = (enum code_kind)take(&at, 1);
    c->key_id = (uint16_t)take(&at, 2);
    c->id = (int64_t)take(&at, 8);
    c->order_id = (int64_t)take(&at, 8);
    c->exhibition_id = (uint32_t)take(&at, 4);
    c->product_id = (uint32_t)take(&at, 4);
    c->visit_day = (int32_t)take(&at, 4);
    c->slot_begins = (uint16_t)take(&at, 2);
    c->slot_ends = (uint16_t)take(&at, 2);
    c->version = (uint16_t)take(&at, 2);
    c->issued_s = (uint32_t)take(&at, 4);
}

static bool decode(const char *text, uint8_t out[TEXT_BYTES]) {
    size_t len = strnlen(text, CODE_LEN + 1);
    return len == CODE_LEN && base64url_decode(text, len, out, TEXT_BYTES) == TEXT_BYTES;
}

/* ---- signed ---- */

/* What the signature covers. The label keeps it from ever being taken for a signature of something else. */
#define SIGNED_PARTS(bytes)                                                                                            \
    {                                                                                                                  \
        {signed_for, sizeof signed_for - 1}, { bytes, CODE_BYTES }                                                     \
    }

void code_make(const struct code *c, const struct sign_key *key, char out[CODE_LEN + 1]) {
    uint8_t bytes[TEXT_BYTES];
    write_parts(c, bytes);
    const struct slice parts[] = SIGNED_PARTS(bytes);
    sign(key, parts, 2, bytes + CODE_BYTES);
    base64url_encode(bytes, TEXT_BYTES, out);
}

bool code_read(const char *text, struct code *c) {
    uint8_t bytes[TEXT_BYTES];
    if (!decode(text, bytes) || bytes[0] != FORMAT) return false;
    read_parts(bytes, c);
    return c->kind == CODE_TICKET || c->kind == CODE_ORDER;
}

bool code_signed_by(const char *text, const struct verify_key *key) {
    uint8_t bytes[TEXT_BYTES];
    if (!decode(text, bytes)) return false;
    const struct slice parts[] = SIGNED_PARTS(bytes);
    return verify(key, parts, 2, bytes + CODE_BYTES);
}

void code_id(const char *text, uint8_t out[CODE_ID_LEN]) {
    uint8_t hash[SHA256_LEN];
    const struct slice parts[] = {{id_label, sizeof id_label - 1}, {text, strlen(text)}};
    sha256(parts, 2, hash);
    memcpy(out, hash, CODE_ID_LEN);
}

/* code - what a QR ticket says, and how it is signed (design §5). Pure.
 *
 * base64url of 42 bytes, big endian, and an Ed25519 signature (64 bytes) over "exhibition-code/1" and those bytes: 142 characters.
 *   0 format (1)   1 kind ('t' a person, 'o' whoever of the order is not yet inside)   2 key id (2)   4 id of the ticket or order (8)
 *   12 order id (8)   20 exhibition id (4)   24 product id (4; 0 for an order)   28 visit date, days since 1970-01-01 (4; 0: any day)
 *   32 slot begins, 34 slot ends, minutes of the day in Seoul (2 each; 0xffff: no slot)   36 code version (2)   38 issued at, Unix seconds (4) */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sign_key;
struct verify_key;

#define CODE_BYTES 42
#define CODE_LEN 142 /* characters */
#define CODE_MAX 500 /* of what a scanner may hand us */
#define CODE_ID_LEN 16
#define CODE_NO_SLOT 0xffff

enum code_kind { CODE_TICKET = 't', CODE_ORDER = 'o' };
struct code {
    enum code_kind kind;
    uint16_t key_id, version, slot_begins, slot_ends;
    int64_t id, order_id;
    uint32_t exhibition_id, product_id, issued_s;
    int32_t visit_day;
};

void code_make(const struct code *c, const struct sign_key *key, char out[CODE_LEN + 1]);
/* The parts of a code, whoever signed it. False: not of our form (length, alphabet, format, kind). */
bool code_read(const char *text, struct code *c);
/* Signed by this key? `text` has passed code_read(). */
bool code_signed_by(const char *text, const struct verify_key *key);
/* What a scanner knows a code by without having it: first 16 bytes of SHA-256("ticket-code-id" | text). */
void code_id(const char *text, uint8_t out[CODE_ID_LEN]);

#include "audit_chain.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEQ_DIGITS 18

static bool hashes_to(const char *before, const char *text, const char *hash) {
    const struct slice parts[] = {{before, strlen(before)}, {text, strlen(text)}};
    uint8_t bytes[SHA256_LEN];
    char digits[AUDIT_HASH_DIGITS + 1];
    sha256(parts, 2, bytes);
    hex_encode(bytes, sizeof bytes, digits);
    return strcmp(digits, hash) == 0;
}

static unsigned look_at_texts(const struct audit_row *row) {
    if (!row->has_texts) return AUDIT_TEXTS_MISSING;
    if (row->body == NULL || row->salt == NULL) return row->erased_early ? AUDIT_TEXTS_EARLY : 0;
    return hashes_to(row->salt, row->body, row->digest) ? 0 : AUDIT_TEXTS_CHANGED;
}

unsigned audit_chain_next(struct audit_chain *c, const struct audit_row *row) {
    bool follows = row->seq == c->seq + 1; /* behind a gap nobody knows the hash before */
    unsigned faults = look_at_texts(row);
    if (!follows)
        faults |= AUDIT_GAP;
    else if (!hashes_to(c->hash, row->text, row->hash))
        faults |= AUDIT_CHANGED;
    c->seq = row->seq;
    snprintf(c->hash, sizeof c->hash, "%s", row->hash);
    return faults;
}

bool audit_chain_parse(const char *text, struct audit_chain *c) {
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > SEQ_DIGITS || text[digits] != ':') return false;
    const char *hash = text + digits + 1;
    if (strlen(hash) != AUDIT_HASH_DIGITS || strspn(hash, "0123456789abcdef") != AUDIT_HASH_DIGITS) return false;
    c->seq = strtoll(text, NULL, 10);
    snprintf(c->hash, sizeof c->hash, "%s", hash);
    return c->seq > 0;
}

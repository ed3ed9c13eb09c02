/* audit_chain - what the log of audit must be (migrations/014_admin_audit.sql), looked at row by row. Pure. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "common/crypto.h"

#define AUDIT_HASH_DIGITS (2 * SHA256_LEN)

struct audit_row {
    int64_t seq;
    const char *text, *digest, *hash; /* what is hashed of it; hexadecimal */
    bool has_texts;                   /* there is a row of its texts: erased or not */
    const char *salt, *body;          /* NULL: erased */
    bool erased_early;                /* if they are erased: before their time */
};
enum audit_fault {                          /* bits */
                   AUDIT_GAP = 1,           /* rows between the one before and this one are missing */
                   AUDIT_CHANGED = 2,       /* it, or the one before, is not what was appended */
                   AUDIT_TEXTS_MISSING = 4, /* and not erased */
                   AUDIT_TEXTS_CHANGED = 8,
                   AUDIT_TEXTS_EARLY = 16, /* erased before their time */
};
struct audit_chain { /* up to where it was looked at; starts as {0} */
    int64_t seq;
    char hash[AUDIT_HASH_DIGITS + 1];
};
/* Compares the next row, in order of seq, with what must follow, and goes on behind it. What is wrong with it: bits. */
unsigned audit_chain_next(struct audit_chain *c, const struct audit_row *row);
/* "17:5f0c…" as an operator noted it. False: not such a text. */
bool audit_chain_parse(const char *text, struct audit_chain *c);

/* offline - an entry of the manifest: what a scanner that is cut off knows of a code it has not seen yet (docs/offline.md).
 * Pure but for the nonce.
 *
 * A row is ["<id>","<value>","<state>",<used>]: the id of the code, what only the whole code opens, its state by one letter, people
 * inside. Whoever finds a scanner learns how many codes there are, and nothing of anybody whose code they do not hold. */
#pragma once
#include <stdint.h>
#include "common/json.h"

struct offline_entry {
    const char *code;
    const char *state;    /* of the table codes */
    int64_t used;         /* people inside by what it stands for */
    int64_t people;       /* of the order, that are not gone */
    const char *products; /* of these people, "12*2 13*1"; "" for the code of one ticket, which says it itself */
    const char *order_number, *customer_name;
};
/* The value is AES-256-GCM under HKDF-SHA256(code, "exhibition-manifest/1") of three lines: order number, products, masked name.
 * Codes that let nobody in have none (""), nor has the code of an order of one person: the ticket's own has it, and with both
 * 50,000 tickets would be more than 10 MB. */
void offline_write(struct json_out *out, struct arena *a, const struct offline_entry *e);

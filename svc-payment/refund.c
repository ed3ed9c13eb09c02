#include "refund.h"
#include <stdio.h>
#include <string.h>
#include "common/arena.h"
#include "common/crypto.h"

/* Toss, core API, cancel: cancelReason has at most 200 characters. */
enum { REASON_MAX = 200, MARK_LEN = REFUND_ID_LEN + 3 /* " [id]" */ };

void refund_new_id(char out[REFUND_ID_LEN + 1]) {
    uint8_t chance[REFUND_ID_LEN / 2];
    random_bytes(chance, sizeof chance);
    hex_encode(chance, sizeof chance, out);
}

bool refund_is(const struct refund *r, const char *state) { return strcmp(r->saga.state, state) == 0; }

/* Bytes of the first `max` characters. */
static size_t utf8_prefix(const char *s, size_t max) {
    size_t n = 0;
    for (size_t chars = 0; s[n] != '\0'; n++) {
        bool begins = ((unsigned char)s[n] & 0xC0) != 0x80;
        if (begins && chars++ == max) break;
    }
    return n;
}

const char *refund_reason(struct arena *a, const struct refund *r) {
    size_t n = utf8_prefix(r->reason, REASON_MAX - MARK_LEN);
    return arena_printf(a, "%.*s [%s]", (int)n, r->reason, r->refund_id);
}

const struct money_cancel *refund_among(const struct refund *r, const struct money *money) {
    char mark[REFUND_ID_LEN + 32];
    size_t len = (size_t)snprintf(mark, sizeof mark, "[%s]", r->refund_id);
    for (size_t i = 0; i < money->n_cancels; i++) {
        const char *reason = money->cancels[i].reason != NULL ? money->cancels[i].reason : "";
        size_t n = strlen(reason);
        if (n >= len && strcmp(reason + n - len, mark) == 0) return &money->cancels[i];
    }
    return NULL;
}

/* calls - what was received, for GET /sandbox/calls: the last CALLS_MAX calls of the companies played. No bodies, no secrets. */
#pragma once
#include <stdint.h>
#include "common/json.h"

#define CALLS_MAX 10000

struct calls;
struct calls *calls_open(void);
void calls_close(struct calls **c);
void calls_clear(struct calls *c);
/* Its number. Texts are cut to what a row holds; NULL is "". `target`: a literal. */
uint64_t calls_add(struct calls *c, int64_t now, const char *target, const char *method, const char *path,
                   const char *idempotency_key);
struct calls_subject { /* what a call is about; NULL: not said, or any */
    const char *payment_key, *order_id;
    const char *own_id; /* of the (first) message */
};
/* Keeps what is NULL here. */
void calls_about(struct calls *c, uint64_t number, const struct calls_subject *subject);
/* `status` 0: cut without an answer. `fault`: name of the mode, "" for none. */
void calls_answered(struct calls *c, uint64_t number, int status, const char *fault);
/* Array, oldest first, of those about `subject`. */
void calls_write(struct calls *c, struct json_out *o, const char *key, const struct calls_subject *subject);

/* calls - what was received, for GET /sandbox/calls: the last CALLS_MAX calls under /v1. No bodies, no secrets. */
#pragma once
#include <stdint.h>
#include "common/json.h"

#define CALLS_MAX 10000

struct calls;
struct calls *calls_open(void);
void calls_close(struct calls **c);
void calls_clear(struct calls *c);
/* Its number. Texts are cut to what a row holds; NULL is "". */
uint64_t calls_add(struct calls *c, int64_t now, const char *method, const char *path, const char *idempotency_key);
/* What the call turned out to be about; NULL: keep. */
void calls_subject(struct calls *c, uint64_t number, const char *payment_key, const char *order_id);
/* `status` 0: cut without an answer. `fault`: name of the mode, "" for none. */
void calls_answered(struct calls *c, uint64_t number, int status, const char *fault);
/* Array, oldest first; NULL filters match all. */
void calls_write(struct calls *c, struct json_out *o, const char *key, const char *payment_key, const char *order_id);

/* device - scanners: the one-time code with which one is enrolled, and the token it gets for that. Pure.
 *
 * Neither code nor token is stored anywhere: both are made again from the row of the device whenever they are told again. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "common/crypto.h"

struct arena;

#define ENROLL_CODE_LEN 10 /* of Crockford's base32: 50 bits */
#define ENROLL_TEXT_MAX 20 /* as people type it */
#define DEVICE_NAME_MAX 100

/* What a device, or whoever made it, was granted. */
struct device_grant {
    int64_t id, until_ms; /* of the code or token */
    const char *exhibition_code, *name;
};
/* The code of a device that may be enrolled until then. */
void device_enroll_code(const char *key, int64_t id, int64_t until_ms, char out[ENROLL_CODE_LEN + 1]);
/* A code as it was typed (small letters, hyphens, spaces, O for 0, I and L for 1) as it was made. False: none. */
bool device_read_code(const char *typed, char out[ENROLL_CODE_LEN + 1]);
/* What is stored of a code. */
void device_code_hash(const char *code, uint8_t out[SHA256_LEN]);
/* NULL: the arena is full. */
const char *device_token(struct arena *a, const char *key, const struct device_grant *g);

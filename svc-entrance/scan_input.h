/* scan_input - the body of a scan. */
#pragma once
#include "code.h"
#include "common/json.h"

#define SCAN_ID_MAX 64
#define SCAN_COUNT_MAX 100

struct scan_input {
    const char *qr_code;
    const char *scan_id, *device_id; /* NULL: not given */
    int64_t admin_id;                /* 0: not given */
    int32_t count;                   /* people with the code of an order; 0: all that remain */
    bool proof_seen;
};
/* Staff name themselves, a device has nobody to name. ST_OK, ST_MALFORMED_JSON, or ST_VALIDATION_FAILED with every fault noted. */
enum status scan_input_parse(struct arena *a, const char *body, size_t len, bool device, struct scan_input *input,
                             struct json_faults *faults);

#include "scan_input.h"
#include "caller.h"

#define ID_MAX (INT64_C(1) << 53)

enum status scan_input_parse(struct arena *a, const char *body, size_t len, bool device, struct scan_input *input,
                             struct json_faults *faults) {
    struct json_in in;
    *input = (struct scan_input){.count = 0};
    enum status st = json_open(&in, a, faults, body, len, false);
    if (st != ST_OK) return st;
    input->qr_code = json_text(&in, "qr_code", 1, CODE_MAX, JSON_REQUIRED);
    input->admin_id = json_int(&in, "admin_id", device ? 0 : 1, ID_MAX, device ? JSON_OPTIONAL : JSON_REQUIRED);
    input->scan_id = json_text(&in, "scan_id", 1, SCAN_ID_MAX, JSON_OPTIONAL);
    input->device_id = json_text(&in, "device_id", 1, CALLER_DEVICE_MAX, JSON_OPTIONAL);
    input->count = (int32_t)json_int(&in, "count", 1, SCAN_COUNT_MAX, JSON_OPTIONAL);
    input->proof_seen = json_bool(&in, "proof_seen", JSON_OPTIONAL);
    json_end(&in);
    return faults->n == 0 ? ST_OK : ST_VALIDATION_FAILED;
}

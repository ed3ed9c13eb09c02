/* kakaoi_codes - Kakao i Connect Message: `detail_code` of an answer (Alimtalk reference §3.2; the table is incomplete, so
 * API_404 and API_409 are assumptions). HTTP is 200 but for tokens. Sorted as texts. */
#include "codes.h"

/* clang-format off */
static const struct code table[] = {
    {"API_200", 200, "success", false},
    {"API_400", 200, "invalid request", false},
    {"API_401", 401, "invalid access token", false},
    {"API_402", 200, "no permission", false},
    {"API_404", 200, "not found", false},
    {"API_409", 200, "duplicated cid", false},
    {"API_410", 200, "validation failed", false},
    {"API_429", 429, "too many requests", false},
    {"API_500", 200, "internal error", false},
    {"API_510", 200, "internal error", false},
    {"API_520", 200, "internal error", false},
    {"ERR11000", 200, "opted out", false},
    {"ERR41001", 200, "template is not registered", false},
    {"ERR42009", 200, "message does not match the template", false},
    {"ERR50025", 200, "invalid phone number", false},
};
/* clang-format on */
const struct codebook kakaoi_codes = {
    .code = table, .n = sizeof table / sizeof *table, .failure = "API_500", .too_many = "API_429"};

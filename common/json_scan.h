/* json_scan - strict look at a JSON text before it is parsed, in one pass, without recursion or memory: the parser (cJSON)
 * recurses and lets through 01, 1., raw line feeds, NUL and broken UTF-8. */
#pragma once
#include "json.h"

struct json_flaw {
    enum json_fault fault;
    /* The member of the top object it is in, as it stands in the text; NULL: none. */
    const char *field;
    size_t field_len;
};

/* ST_OK, ST_MALFORMED_JSON, or ST_VALIDATION_FAILED: JSON that is not accepted, with the first reason in *found. More than
 * `max_values` values are not. */
enum status json_scan(const char *text, size_t len, size_t max_values, struct json_flaw *found);

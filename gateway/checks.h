/* checks - strict reading of single request headers. Pure. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include "common/status.h"

/* application/json, optionally charset=utf-8; parameters and case as RFC 9110 has them. NULL: false. */
bool is_json_type(const char *content_type);
/* 8-64 of [A-Za-z0-9-] */
bool is_request_id(const char *id);
/* 1-128 printable ASCII characters */
bool is_idempotency_key(const char *key);
/* The language asked for first among Korean and English; Korean otherwise. */
enum lang accept_language(const char *header);
/* True when If-None-Match names this entity tag (given with its quotes), by weak comparison. */
bool etag_matches(const char *if_none_match, const char *etag);
/* The token of "Bearer <token>"; NULL: another scheme or none. */
const char *bearer_token(const char *authorization);
/* True when `item` is one of the texts in `list`, joined by ','. */
bool list_has(const char *list, const char *item);
/* [a-z0-9][a-z0-9-]{0,49} */
bool is_exhibition_code(const char *text);

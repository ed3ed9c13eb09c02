/* kakaoi_request - bodies and headers of the calls to Kakao i Connect Message, API v2. Pure. NULL: it cannot be written (out of
 * memory, or too long). */
#pragma once
#include "provider.h"

struct arena;

/* Header of the call for a token: "Basic <id> <secret>" as the vendor's page has it, or in base64 as RFC 7617 does. */
const char *kakaoi_basic(struct arena *a, const struct provider_conf *conf);
const char *kakaoi_send_body(struct arena *a, const struct provider_conf *conf, const struct outgoing *m);
const char *kakaoi_search_body(struct arena *a, const struct outgoing *m);
const char *kakaoi_complete_path(struct arena *a, const char *group);

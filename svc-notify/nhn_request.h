/* nhn_request - addresses and bodies of the calls to NHN Cloud, KakaoTalk Bizmessage v2.3. Pure. NULL: it cannot be written (out
 * of memory, or too long). */
#pragma once
#include <stdint.h>
#include "provider.h"

struct arena;

/* ".../messages" of the app key. */
const char *nhn_messages_path(struct arena *a, const struct provider_conf *conf);
/* All of them share a template; the first one's key names the request. */
const char *nhn_submit_body(struct arena *a, const struct provider_conf *conf, struct outgoing *const *m, size_t n);
/* By request id and sequence when they are known, else by our own id among what was made around the submits. */
const char *nhn_look_up_path(struct arena *a, const struct provider_conf *conf, const struct outgoing *m);
enum { NHN_FEED_ROWS = 500 /* of a page */ };
/* `page` from 1. Their minutes are whole: the span is widened to them. */
const char *nhn_feed_path(struct arena *a, const struct provider_conf *conf, int64_t from_ms, int64_t to_ms, int page);
const char *nhn_template_path(struct arena *a, const struct provider_conf *conf, const struct template *t);

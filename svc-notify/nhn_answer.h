/* nhn_answer - reads what NHN Cloud answers (KakaoTalk Bizmessage v2.3). Pure; any bytes may come. Results live in the arena. */
#pragma once
#include <stddef.h>
#include "provider.h"

struct arena;

/* Answers to the calls of the same names, of any status that is neither 429 nor 5xx. */
void nhn_read_submit(struct arena *a, const char *text, size_t len, struct outgoing *const *m, size_t n);
void nhn_read_look_up(struct arena *a, const char *text, size_t len, struct outgoing *m);
/* NULL, or why it is no page. *whole: rows of the page, of which f->rows are those that tell something. */
const char *nhn_read_feed(struct arena *a, const char *text, size_t len, struct feed *f, size_t *whole);
const char *nhn_read_template(struct arena *a, const char *text, size_t len, const struct template *t);

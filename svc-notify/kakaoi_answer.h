/* kakaoi_answer - reads what Kakao i Connect Message answers (API v2). Pure; any bytes may come. Results live in the arena. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include "provider.h"

struct arena;

/* The access token and the seconds it lives; NULL: *code says why there is none. */
const char *kakaoi_read_token(struct arena *a, const char *text, size_t len, int *seconds, const char **code);
/* Answers to the calls of the same names, of any status that is none of 401, 429, 5xx. */
void kakaoi_read_send(struct arena *a, const char *text, size_t len, struct outgoing *m);
void kakaoi_read_search(struct arena *a, const char *text, size_t len, struct outgoing *m);
/* NULL, or why it is no group of results. f->receipt: the group's number, NULL when there is nothing new. */
const char *kakaoi_read_results(struct arena *a, const char *text, size_t len, struct feed *f);
/* NULL, or why the group was not acknowledged. */
const char *kakaoi_read_complete(struct arena *a, const char *text, size_t len);

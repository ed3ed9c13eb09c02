/* nhn - what the calls of NHN Cloud's Alimtalk (v2.3) share. */
#pragma once
#include "routes.h"

/* Keys of messages that were written down are known again. */
void nhn_restore_keys(struct sandbox *sb);

/* Begins {"header":{…},  with this code; the rest and the end are the caller's. */
void nhn_begin(struct exchange *x, struct strbuf *b, struct json_out *o, const char *code);
/* The whole answer: nothing but a header. */
void nhn_answer(struct exchange *x, const char *code);

#define NHN_TIME_LEN 21                                             /* 2026-11-22 21:15:00.0, Seoul */
void nhn_put_time(struct json_out *o, const char *key, int64_t ms); /* 0: left out */
/* yyyy-MM-dd HH:mm */
bool nhn_time(const char *text, int64_t *ms);

/* kakaoi - what the calls of Kakao i Connect Message (API v2) share: access tokens and the group of results that waits to be
 * acknowledged. */
#pragma once
#include "routes.h"

struct kakaoi;
struct kakaoi *kakaoi_open(void);
void kakaoi_close(struct kakaoi **k);

#define TOKEN_LEN 40
void kakaoi_new_token(struct kakaoi *k, int64_t expires_at, char token[TOKEN_LEN + 1]);

/* Begins {"code":…,  and the answer of nothing but a code. */
void kakaoi_begin(struct exchange *x, struct strbuf *b, struct json_out *o, const char *code);
void kakaoi_answer(struct exchange *x, const char *detail);
/* {"code","uid"?,"cid"?,"result":{"detail_code","detail_message"}} */
void kakaoi_answer_send(struct exchange *x, const char *code, const char *detail, const char *uid, const char *cid);

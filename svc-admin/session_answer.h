/* session_answer - what whoever signed in, or refreshed, gets: the gateway makes cookies of it. */
#pragma once
#include "account.h"
#include "session.h"

struct admin;
struct arena;
struct strbuf;

struct session_limits session_limits_of(const struct admin *admin);
/* {"session","refresh_token","refresh_expires_in","answer":{"access_token","token_type","expires_in","admin":{…}}}.
 * False: it cannot be made. */
bool session_answer_write(const struct admin *admin, struct arena *a, const struct account *account,
                          const struct session *s, int64_t now_ms, struct strbuf *out);

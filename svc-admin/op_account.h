/* op_account - calls of the staff about themselves and each other. */
#pragma once
#include "common/bus.h"

/* {"username","password","otp"?} → see session_answer.h. 401 for whatever is wrong; {"otp_required":true} with it when only the
 * second factor is missing. 423 while the name is locked. */
enum status op_login(struct worker *w, struct bus_req *req, struct strbuf *out);
/* Parameter or member "refresh_token" → as op_login. */
enum status op_refresh(struct worker *w, struct bus_req *req, struct strbuf *out);
/* By the session of the access token, else by parameter "refresh_token". */
enum status op_logout(struct worker *w, struct bus_req *req, struct strbuf *out);
enum status op_session_list(struct worker *w, struct bus_req *req, struct strbuf *out);
enum status op_session_delete(struct worker *w, struct bus_req *req, struct strbuf *out);
/* {"since_ms"} → {"until_ms","sessions":[{"session","version"}],"more"}: access tokens of that session with a lower version are
 * worthless. `until_ms` is what to ask with next. */
enum status op_sessions_changed(struct worker *w, struct bus_req *req, struct strbuf *out);

enum status op_password_change(struct worker *w, struct bus_req *req, struct strbuf *out);
enum status op_otp_create(struct worker *w, struct bus_req *req, struct strbuf *out);
enum status op_otp_delete(struct worker *w, struct bus_req *req, struct strbuf *out);

enum status op_user_list(struct worker *w, struct bus_req *req, struct strbuf *out);
enum status op_user_create(struct worker *w, struct bus_req *req, struct strbuf *out);
enum status op_user_update(struct worker *w, struct bus_req *req, struct strbuf *out);
enum status op_user_delete(struct worker *w, struct bus_req *req, struct strbuf *out);

/* ---- shared by them ---- */
/* Id of the session the call came with; "": a token for development has none. */
const char *op_account_session(const struct bus_req *req);
/* In the transaction of a call about accounts: ST_OK while the caller's session goes on and its account is what the token says, else
 * ST_UNAUTHENTICATED. The session stays locked, so that whoever ends it waits, or was first. */
enum db_rc op_account_stands(struct worker *w, struct bus_req *req, enum status *st);
/* ST_OK, or the refusal of a password that `username` may not choose. */
enum status op_account_judge_password(const struct bus_req *req, const char *field, const char *password,
                                      const char *username, struct strbuf *out);

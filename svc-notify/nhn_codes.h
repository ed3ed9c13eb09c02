/* nhn_codes - what the codes of NHN Cloud KakaoTalk Bizmessage v2.3 mean in our words. Pure; one table. */
#pragma once
#include "kakao_codes.h"

/* Of an answer of the API that is no success (0). RESULT_NONE: it proves nothing, like any code that is not in the table. */
enum result nhn_api_result(int64_t code);

/* What became of a message, from the three words of a row: messageStatus, resultCode, resendStatus; each may be NULL.
 * RESULT_NONE: it is still on its way. */
enum result nhn_fate(const char *status, const char *code, const char *resend);

extern const struct code_range nhn_api_codes[];
extern const size_t nhn_n_api_codes;

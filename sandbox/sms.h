/* sms - the text message that replaces an Alimtalk. Networks carry EUC-KR: 90 bytes as SMS, 2,000 as LMS (Alimtalk reference
 * §1.2, §2.10). Pure. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct arena;
#define SMS_BYTES 90
#define LMS_BYTES 2000

/* In EUC-KR; -1: it cannot be said in it. */
long sms_bytes(const char *text);
/* The text up to the last whole character that fits. NULL: it cannot be said in EUC-KR, or no memory. */
const char *sms_cut(struct arena *a, const char *text, size_t max_bytes);

/* timeutil - time as a value. Instants are int64_t milliseconds since the epoch (UTC); functions that decide take
 * `now` as a parameter, only daemons read the clock. Business dates are days in Asia/Seoul (UTC+9, no daylight saving). */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define RFC3339_LEN 29 /* 2026-11-22T21:15:00.000+09:00 */

int64_t time_now_ms(void);  /* wall clock: comparable between hosts */
int64_t time_mono_ms(void); /* monotonic: for waiting and measuring */
int64_t time_mono_us(void);
/* Writes RFC 3339 in Asia/Seoul with milliseconds; `out` holds RFC3339_LEN + 1 bytes. */
void time_rfc3339(int64_t ms, char out[RFC3339_LEN + 1]);
/* Parses RFC 3339 with offset or Z, fraction optional. False: not such a time. */
bool time_parse_rfc3339(const char *s, int64_t *ms);
/* Days since 1970-01-01 of a strict YYYY-MM-DD that exists in the calendar. */
bool date_parse(const char *s, int32_t *day);
void date_format(int32_t day, char out[11]);
int32_t date_seoul(int64_t ms);
/* The instant in which the day begins in Seoul. */
int64_t date_begins(int32_t day);

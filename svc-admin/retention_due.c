#include "retention_due.h"
#include <stdio.h>
#include <stdlib.h>
#include "common/timeutil.h"

#define HOUR_MS ((int64_t)3600 * 1000)
#define DAY_MS (24 * HOUR_MS)
#define SEOUL_MS (9 * HOUR_MS)
#define RUN_MS (4 * HOUR_MS + HOUR_MS / 2) /* of the day */

bool retention_days_over(int32_t last_day, int32_t today, int64_t days) { return today - last_day > days; }

/* The same day years later; there is none of February 29. */
static int32_t years_later(int32_t day, int64_t years) {
    char from[11], to[32];
    int32_t later;
    date_format(day, from);
    long long year = strtol(from, NULL, 10) + years;
    snprintf(to, sizeof to, "%04lld%s", year, from + 4);
    if (date_parse(to, &later)) return later;
    return years_later(day - 1, years) + 1;
}

bool retention_years_over(int32_t last_day, int32_t today, int64_t years) {
    return today > years_later(last_day, years);
}

bool retention_run_due(int64_t now_ms, int64_t last_ms, bool last_was_complete) {
    int64_t today_ms = (now_ms + SEOUL_MS - RUN_MS) / DAY_MS * DAY_MS - SEOUL_MS + RUN_MS;
    return last_ms < today_ms || (!last_was_complete && now_ms - last_ms >= HOUR_MS);
}

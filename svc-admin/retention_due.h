/* retention_due - what is due when. Pure: days and instants come in, days are those of Seoul. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/* The exhibition has been over for that long: its last day does not count. */
bool retention_days_over(int32_t last_day, int32_t today, int64_t days);
bool retention_years_over(int32_t last_day, int32_t today, int64_t years);

/* Is it time for a run? Daily at 04:30; an hour after one that could not ask everybody. `last_ms`: when the last one began. */
bool retention_run_due(int64_t now_ms, int64_t last_ms, bool last_was_complete);

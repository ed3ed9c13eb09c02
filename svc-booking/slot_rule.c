#include "slot_rule.h"

#include <stdlib.h>
#include <string.h>

enum { MINUTES_PER_DAY = 1440, SEOUL_AHEAD_MINUTES = 9 * 60, MS_PER_MINUTE = 60000 };

static int by_start(const void *a, const void *b) {
    return ((const struct slot_times *)a)->starts - ((const struct slot_times *)b)->starts;
}

enum slot_fault slot_rule_check(struct slot_rule *r, size_t *bad) {
    *bad = 0;
    if (r->last_day < r->first_day || r->last_day - r->first_day >= SLOT_MAX_DAYS) return SLOT_BAD_DAYS;
    for (size_t i = 0; i < r->n_times; i++) {
        *bad = i;
        if (r->times[i].ends <= r->times[i].starts) return SLOT_BAD_TIME;
    }
    qsort(r->times, r->n_times, sizeof *r->times, by_start);
    for (size_t i = 1; i < r->n_times; i++) {
        *bad = i;
        if (r->times[i].starts < r->times[i - 1].ends) return SLOT_TIMES_OVERLAP;
    }
    return SLOT_RULE_OK;
}

static bool is_exception(const struct slot_rule *r, int32_t day) {
    for (size_t i = 0; i < r->n_exceptions; i++)
        if (r->exceptions[i] == day) return true;
    return false;
}

size_t slot_rule_expand(const struct slot_rule *r, struct slot *out, size_t max) {
    size_t n = 0;
    for (int32_t day = r->first_day; day <= r->last_day; day++) {
        if (!(r->weekdays & 1u << day_weekday(day)) || is_exception(r, day)) continue;
        for (size_t i = 0; i < r->n_times; i++, n++)
            if (n < max) out[n] = (struct slot){day, r->times[i].starts, r->times[i].ends};
    }
    return n;
}

int day_weekday(int32_t day) {
    int w = (int)((day + 3) % 7); /* 1970-01-01 was a Thursday */
    return (w < 0 ? w + 7 : w) + 1;
}

bool slot_time_parse(const char *text, int32_t *minutes) {
    if (strlen(text) != 5 || text[2] != ':') return false;
    for (size_t i = 0; i < 5; i++)
        if (i != 2 && (text[i] < '0' || text[i] > '9')) return false;
    int32_t h = (text[0] - '0') * 10 + text[1] - '0', m = (text[3] - '0') * 10 + text[4] - '0';
    *minutes = h * 60 + m;
    return h < 24 && m < 60;
}

void slot_time_format(int32_t minutes, char out[6]) {
    int32_t h = minutes / 60, m = minutes % 60;
    out[0] = (char)('0' + h / 10);
    out[1] = (char)('0' + h % 10);
    out[2] = ':';
    out[3] = (char)('0' + m / 10);
    out[4] = (char)('0' + m % 10);
    out[5] = '\0';
}

int64_t slot_instant(int32_t day, int32_t minutes) {
    return ((int64_t)day * MINUTES_PER_DAY + minutes - SEOUL_AHEAD_MINUTES) * MS_PER_MINUTE;
}

/* slot_rule - from a rule (days, weekdays, times, exceptions) to the slots it means. Pure. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SLOT_MAX_DAYS 366
#define SLOT_MAX_TIMES 48
#define SLOT_MAX_EXCEPTIONS 366
#define SLOT_MAX (SLOT_MAX_DAYS * 24) /* slots of one rule */

struct slot_times {
    int32_t starts, ends; /* minutes since midnight in Seoul */
};
struct slot_rule {
    int32_t first_day, last_day; /* both included */
    unsigned weekdays;           /* bit 1 Monday … bit 7 Sunday */
    struct slot_times times[SLOT_MAX_TIMES];
    size_t n_times;
    int32_t exceptions[SLOT_MAX_EXCEPTIONS]; /* days without slots */
    size_t n_exceptions;
};
struct slot {
    int32_t day, starts, ends;
};

#define SLOT_EVERY_DAY 0xFEu

enum slot_fault {
    SLOT_RULE_OK,
    SLOT_BAD_DAYS,     /* last before first, or more than SLOT_MAX_DAYS */
    SLOT_BAD_TIME,     /* ends before it starts */
    SLOT_TIMES_OVERLAP /* two times of a day share a minute */
};
/* Judges a rule as a whole; sorts its times by start. `bad` becomes the index of the wrong time. */
enum slot_fault slot_rule_check(struct slot_rule *r, size_t *bad);
/* Writes the slots of a checked rule, by day and start; at most `max`, returns how many there are in all. */
size_t slot_rule_expand(const struct slot_rule *r, struct slot *out, size_t max);

/* 1 Monday … 7 Sunday */
int day_weekday(int32_t day);
/* "HH:MM" between 00:00 and 23:59 */
bool slot_time_parse(const char *text, int32_t *minutes);
void slot_time_format(int32_t minutes, char out[6]);
/* Milliseconds since the epoch. */
int64_t slot_instant(int32_t day, int32_t minutes);

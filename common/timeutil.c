#include "timeutil.h"

#include <string.h>
#include <time.h>

enum { DAY_MS = 86400000, SEOUL_MS = 9 * 3600 * 1000 };

/* The days that four digits can write; what lies outside is shown as the nearest of them. */
enum { DAY_FIRST = -719162 /* 0001-01-01 */, DAY_LAST = 2932896 /* 9999-12-31 */ };

static int64_t clock_us(clockid_t id) {
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t time_now_ms(void) { return clock_us(CLOCK_REALTIME) / 1000; }
int64_t time_mono_ms(void) { return clock_us(CLOCK_MONOTONIC) / 1000; }
int64_t time_mono_us(void) { return clock_us(CLOCK_MONOTONIC); }

static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }

/* Days since the epoch of a date of the Gregorian calendar, and back. Years are counted from March, so that the leap
 * day is the last of its year; 400 years have 146,097 days. */
static int32_t day_of(int y, int m, int d) {
    y -= m <= 2;
    int era = (y >= 0 ? y : y - 399) / 400;
    int yoe = y - era * 400;
    int doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void date_of(int32_t day, int *y, int *m, int *d) {
    int z = day + 719468;
    int era = (z >= 0 ? z : z - 146096) / 146097;
    int doe = z - era * 146097;
    int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int mp = (5 * doy + 2) / 153;
    *d = doy - (153 * mp + 2) / 5 + 1;
    *m = mp < 10 ? mp + 3 : mp - 9;
    *y = yoe + era * 400 + (*m <= 2);
}

static void put_digits(char *out, int width, int v) {
    for (int i = width - 1; i >= 0; i--, v /= 10) out[i] = (char)('0' + v % 10);
}

void date_format(int32_t day, char out[11]) {
    int y, m, d;
    if (day < DAY_FIRST) day = DAY_FIRST;
    if (day > DAY_LAST) day = DAY_LAST;
    date_of(day, &y, &m, &d);
    memcpy(out, "0000-00-00", 11);
    put_digits(out, 4, y);
    put_digits(out + 5, 2, m);
    put_digits(out + 8, 2, d);
}

int32_t date_seoul(int64_t ms) {
    if (ms < (int64_t)DAY_FIRST * DAY_MS) return DAY_FIRST;
    if (ms > (int64_t)DAY_LAST * DAY_MS) return DAY_LAST;
    return (int32_t)floor_div(ms + SEOUL_MS, DAY_MS);
}

int64_t date_begins(int32_t day) { return (int64_t)day * DAY_MS - SEOUL_MS; }

void time_rfc3339(int64_t ms, char out[RFC3339_LEN + 1]) {
    const int64_t first = (int64_t)DAY_FIRST * DAY_MS - SEOUL_MS;
    const int64_t last = ((int64_t)DAY_LAST + 1) * DAY_MS - SEOUL_MS - 1;
    if (ms < first) ms = first;
    if (ms > last) ms = last;
    int64_t local = ms + SEOUL_MS;
    int32_t day = (int32_t)floor_div(local, DAY_MS);
    int in_day = (int)(local - (int64_t)day * DAY_MS);
    date_format(day, out);
    memcpy(out + 10, "T00:00:00.000+09:00", 20);
    put_digits(out + 11, 2, in_day / 3600000);
    put_digits(out + 14, 2, in_day / 60000 % 60);
    put_digits(out + 17, 2, in_day / 1000 % 60);
    put_digits(out + 20, 3, in_day % 1000);
}

/* Exactly `width` digits at *s; moves on behind them. */
static bool take_digits(const char **s, int width, int *v) {
    *v = 0;
    for (int i = 0; i < width; i++, (*s)++) {
        if (**s < '0' || **s > '9') return false;
        *v = *v * 10 + (**s - '0');
    }
    return true;
}

static bool take(const char **s, char c) { return **s == c ? ((*s)++, true) : false; }

static bool take_date(const char **s, int32_t *day) {
    static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int y, m, d;
    if (!take_digits(s, 4, &y) || !take(s, '-') || !take_digits(s, 2, &m) || !take(s, '-') || !take_digits(s, 2, &d))
        return false;
    if (y < 1 || m < 1 || m > 12 || d < 1) return false;
    bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    if (d > month_days[m - 1] + (m == 2 && leap)) return false;
    *day = day_of(y, m, d);
    return true;
}

bool date_parse(const char *s, int32_t *day) { return take_date(&s, day) && *s == '\0'; }

/* Optional fraction; digits beyond the millisecond are cut off. */
static bool take_fraction(const char **s, int *ms) {
    *ms = 0;
    if (!take(s, '.')) return true;
    int digits = 0;
    for (; **s >= '0' && **s <= '9'; (*s)++, digits++)
        if (digits < 3) *ms = *ms * 10 + (**s - '0');
    for (int i = digits; i < 3; i++) *ms *= 10;
    return digits >= 1 && digits <= 9;
}

static bool take_offset(const char **s, int *minutes) {
    *minutes = 0;
    if (take(s, 'Z')) return true;
    int sign = **s == '-' ? -1 : 1, h, m;
    if (!take(s, '+') && !take(s, '-')) return false;
    if (!take_digits(s, 2, &h) || !take(s, ':') || !take_digits(s, 2, &m) || h > 23 || m > 59) return false;
    *minutes = sign * (h * 60 + m);
    return true;
}

bool time_parse_rfc3339(const char *s, int64_t *ms) {
    int32_t day;
    int h, m, sec, frac, offset;
    if (!take_date(&s, &day) || !take(&s, 'T')) return false;
    if (!take_digits(&s, 2, &h) || !take(&s, ':') || !take_digits(&s, 2, &m) || !take(&s, ':')) return false;
    if (!take_digits(&s, 2, &sec) || h > 23 || m > 59 || sec > 59) return false;
    if (!take_fraction(&s, &frac) || !take_offset(&s, &offset) || *s != '\0') return false;
    *ms = (int64_t)day * DAY_MS + (int64_t)(h * 60 + m - offset) * 60000 + sec * 1000 + frac;
    return true;
}

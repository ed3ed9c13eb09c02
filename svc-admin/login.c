#include "login.h"

enum { FIRST_LOCK_S = 60, LONGEST_LOCK_S = 3600 };

int64_t login_lock_seconds(int64_t failures) {
    if (failures <= LOGIN_FREE_FAILURES) return 0;
    int64_t doublings = failures - LOGIN_FREE_FAILURES - 1;
    if (doublings > 6) return LONGEST_LOCK_S; /* before the shift overflows */
    int64_t seconds = (int64_t)FIRST_LOCK_S << doublings;
    return seconds < LONGEST_LOCK_S ? seconds : LONGEST_LOCK_S;
}

int64_t login_locked_for(const struct login_tries *t, int64_t now_ms) {
    return t->locked_until_ms > now_ms ? (t->locked_until_ms - now_ms + 999) / 1000 : 0;
}

struct login_tries login_try_next(const struct login_tries *t, int64_t now_ms) {
    int64_t before = now_ms - t->last_ms < LOGIN_FORGET_MS ? t->failures : 0;
    int64_t lock = login_lock_seconds(before + 1);
    return (struct login_tries){
        .failures = before + 1,
        .last_ms = now_ms,
        .locked_until_ms = lock > 0 ? now_ms + lock * 1000 : 0,
    };
}

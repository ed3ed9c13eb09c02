#include "policy.h"
#include <string.h>
#include "common/arena.h"
#include "common/json.h"

/* As svc-booking accepts them from staff (record.c). */
enum { DAYS_BEFORE_MAX = 365, PERCENT_MAX = 100 };

static bool has_days(const struct policy *p, int32_t days_before) {
    for (size_t i = 0; i < p->n; i++)
        if (p->steps[i].days_before == days_before) return true;
    return false;
}

bool policy_read(struct arena *a, const char *json, struct policy *p) {
    struct json_faults faults = {.n = 0};
    struct json_in in, item;
    *p = (struct policy){.n = 0};
    const char *text = arena_printf(a, "{\"steps\":%s}", json); /* the reader wants an object */
    if (text == NULL || json_open(&in, a, &faults, text, strlen(text), false) != ST_OK) return false;
    size_t n = json_array(&in, "steps", 0, POLICY_MAX_STEPS, JSON_REQUIRED);
    for (size_t i = 0; i < n && json_item(&in, "steps", i, &item); i++) {
        int32_t days = (int32_t)json_int(&item, "days_before", 0, DAYS_BEFORE_MAX, JSON_REQUIRED);
        int32_t percent = (int32_t)json_int(&item, "fee_percent", 0, PERCENT_MAX, JSON_REQUIRED);
        json_end(&item);
        if (has_days(p, days)) json_bad(&item, "days_before", BAD_DUPLICATE);
        p->steps[p->n++] = (struct policy_step){days, percent};
    }
    json_end(&in);
    return faults.n == 0;
}

const struct policy_step *policy_step_at(const struct policy *p, int32_t days_left) {
    const struct policy_step *best = NULL;
    for (size_t i = 0; i < p->n; i++) {
        const struct policy_step *s = &p->steps[i];
        if (s->days_before <= days_left && (best == NULL || s->days_before > best->days_before)) best = s;
    }
    return best;
}

const struct policy_step *policy_last_step(const struct policy *p) {
    const struct policy_step *last = NULL;
    for (size_t i = 0; i < p->n; i++)
        if (last == NULL || p->steps[i].days_before < last->days_before) last = &p->steps[i];
    return last;
}

int64_t policy_fee(const struct policy_step *s, int64_t price) { return price * s->fee_percent / PERCENT_MAX; }

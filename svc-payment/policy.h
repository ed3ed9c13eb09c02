/* policy - what giving tickets back costs: the steps that were stored with the order when it was bought. Pure.
 *
 * [{"days_before":7,"fee_percent":0},{"days_before":1,"fee_percent":10}]: until 7 days before the visit for nothing, until the day
 * before for 10 %, then not at all. No steps: for nothing, at any time. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

#define POLICY_MAX_STEPS 20

struct policy_step {
    int32_t days_before, fee_percent;
};
struct policy {
    struct policy_step steps[POLICY_MAX_STEPS];
    size_t n;
};

/* False: no such policy; nothing may be computed from it. */
bool policy_read(struct arena *a, const char *json, struct policy *p);
/* The step that counts so many days before the visit: the one with the most days that are not more. NULL: after the last. */
const struct policy_step *policy_step_at(const struct policy *p, int32_t days_left);
/* The step with the fewest days. NULL: there are none. */
const struct policy_step *policy_last_step(const struct policy *p);
/* Won of one ticket, rounded down. */
int64_t policy_fee(const struct policy_step *s, int64_t price);

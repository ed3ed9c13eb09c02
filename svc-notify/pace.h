/* pace - how many requests a second go to the provider. What is urgent finds room even in a crowd: a fifth is kept for it.
 * Pure; time is a parameter. */
#pragma once
#include <stdint.h>

struct pace {
    int64_t rate;  /* requests a second, and at most so many at once */
    int64_t saved; /* thousandths of a request that may leave */
    int64_t at_ms;
};
enum pace_room { PACE_NONE, PACE_URGENT, PACE_ANY };

struct pace pace_new(int64_t rate, int64_t now_ms);
/* For what there is room now. */
enum pace_room pace_room(struct pace *p, int64_t now_ms);
/* One request leaves. */
void pace_take(struct pace *p);
/* It did not. */
void pace_give_back(struct pace *p);

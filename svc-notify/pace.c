#include "pace.h"

#define REQUEST 1000 /* thousandths */
#define KEPT 5       /* one of so many is kept for what is urgent */

struct pace pace_new(int64_t rate, int64_t now_ms) {
    return (struct pace){.rate = rate, .saved = rate * REQUEST, .at_ms = now_ms};
}

enum pace_room pace_room(struct pace *p, int64_t now_ms) {
    int64_t full = p->rate * REQUEST, passed = now_ms - p->at_ms;
    if (passed > 0) {
        p->saved = passed >= REQUEST || p->saved + passed * p->rate > full ? full : p->saved + passed * p->rate;
        p->at_ms = now_ms;
    }
    if (p->saved < REQUEST) return PACE_NONE;
    return p->rate == 1 || p->saved - full / KEPT >= REQUEST ? PACE_ANY : PACE_URGENT;
}

void pace_take(struct pace *p) { p->saved -= REQUEST; }
void pace_give_back(struct pace *p) { p->saved += REQUEST; }

#include "bus_pick.h"

static bool better(const struct candidate *a, const struct candidate *b) {
    return a->slow != b->slow ? b->slow : a->load < b->load;
}

int bus_pick(const struct candidate *c, size_t n, uint32_t chance) {
    int best = -1;
    for (size_t i = 0; i < n; i++) {
        size_t at = (chance % n + i) % n;
        if (c[at].usable && (best < 0 || better(&c[at], &c[best]))) best = (int)at;
    }
    return best;
}

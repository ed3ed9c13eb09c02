/* bus_pick - which replica gets the next message: pure, chance is a parameter. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct candidate {
    bool usable; /* connected, trusted, with a free slot */
    bool slow;   /* owes an answer for too long: only when there is no better one */
    int load;    /* calls in flight */
};

/* Index of the usable one that is not slow and has the least load, ties by chance; -1: none is usable. */
int bus_pick(const struct candidate *c, size_t n, uint32_t chance);

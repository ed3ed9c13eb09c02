/* limits - how often one address or phone may ask. Pure but for its memory: the clock and the key are given.
 *
 * One 16-byte slot per (rule, who), found by a keyed hash: nothing personal is kept, and nobody can aim at another's slot.
 * Memory is fixed; in a full set the slot that is nearest to unlimited makes room, so eviction only ever forgives. */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct limits;
struct limit_rule {
    int64_t per_minute; /* the lasting rate; 0: no limit */
    int64_t burst;      /* calls at once after a rest, >= 1 */
};

/* `slots` is rounded up to a power of two. The key is copied. */
struct limits *limits_open(size_t slots, const void *key, size_t key_len);
/* Takes one call of `who` under rule number `id`. 0: granted; else seconds until one will be. */
int limits_take(struct limits *l, unsigned id, const struct limit_rule *rule, const char *who, int64_t now_ms);
/* Counts a call or connection of `who`: a ticket for limits_leave(), or -1 when `most` are already. Rarely two share a count. */
int limits_enter(struct limits *l, const char *who, int64_t most);
void limits_leave(struct limits *l, int ticket);
void limits_close(struct limits **l);

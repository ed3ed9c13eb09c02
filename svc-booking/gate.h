/* gate - stock as Redis knows it: one hash {ex:ID}:pool:N of epoch, version, available.
 *
 * The gate may refuse early, it never grants: PostgreSQL decides. A missing key, or Redis being down, lets everybody pass.
 * It may stand too high (harmless) or, for at most a second, too low: whatever was taken from or refused is pushed again by
 * gate_keeper every second. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "booking.h"

struct arena;
struct redis;

struct gate_need { /* what one order wants from one pool; a pool stands at most once in an order */
    int64_t exhibition_id, pool_id, quantity;
};
struct gate_order {
    const struct gate_need *need;
    size_t n;
    bool refused; /* out */
};

/* Takes all pools of an order or none, for all orders in one round trip, in order of arrival. */
void gate_take(struct redis *r, struct arena *a, struct gate_order *orders, size_t n);
/* Absolute numbers; of two the newer (epoch, version) stays, equal ones overwrite. False: Redis is not there. */
bool gate_push(struct redis *r, struct arena *a, int64_t epoch, const struct pool_change *pools, size_t n);
/* What the gate holds of each pool, -1: nothing. False: Redis is not there. */
bool gate_read(struct redis *r, struct arena *a, const struct pool_change *pools, size_t n, int64_t *available);

/* gate_keeper - keeps the gate near the truth: pushes pools that changed within 20 ms, and once a second those that changed
 * elsewhere (the catalogue saw it) and those taken from or refused here, because a take that never reached SQL leaves the
 * gate too low. After Redis was away everything is pushed again. All functions are thread-safe. */
#pragma once
#include <stddef.h>
#include "booking.h"
#include "gate.h"

struct catalogue;
struct db;
struct gate_keeper;
struct redis;

/* The thread owns `redis` and `db` from now on. NULL: out of memory. */
struct gate_keeper *gate_keeper_start(struct redis *redis, struct db *db, struct catalogue *catalogue);
void gate_keeper_stop(struct gate_keeper **k);
/* After a commit. */
void gate_keeper_changed(struct gate_keeper *k, const struct pool_change *change, size_t n);
/* Orders that went through gate_take(). */
void gate_keeper_touched(struct gate_keeper *k, const struct gate_order *orders, size_t n);

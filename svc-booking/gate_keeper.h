/* gate_keeper - keeps the gate near the truth: pushes within 20 ms what changed, and what was taken from or refused here, for a
 * take that SQL refuses leaves the gate too low; once a second what changed elsewhere (the catalogue saw it). After Redis was
 * away everything is pushed again. All functions are thread-safe. */
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

/* scan_answer - what the gate is told of a scan, as it is stored and told again. */
#pragma once
#include "verdict.h"

struct arena;

/* `o` NULL: nothing is said of an order: the code is not ours. Nor is anything said of one of another exhibition, but its name.
 * NULL: the arena is full. */
const char *scan_answer(struct arena *a, const struct gate_order *o, const struct gate_scan *s,
                        const struct gate_result *r, const char *scan_id, enum lang lang);

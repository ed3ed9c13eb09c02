/* fault_points - where a test can make svc-entrance die, stall or lose its database. */
#pragma once
#include "common/fault.h"

extern const struct fault_point entrance_faults[];
extern const size_t entrance_n_faults;

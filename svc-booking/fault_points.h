/* fault_points - where a test can make svc-booking die, stall or lose its database. */
#pragma once
#include "common/fault.h"

extern const struct fault_point booking_faults[];
extern const size_t booking_n_faults;

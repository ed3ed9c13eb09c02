/* fault_points - where a test can make svc-payment die, stall or lose its database. */
#pragma once
#include "common/fault.h"

extern const struct fault_point payment_faults[];
extern const size_t payment_n_faults;

/* fault_points - where a test can make svc-notify die. */
#pragma once
#include "common/fault.h"

extern const struct fault_point notify_faults[];
extern const size_t notify_n_faults;

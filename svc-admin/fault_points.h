/* fault_points - where tests may end or disturb svc-admin (common/fault.h). */
#pragma once
#include "common/fault.h"

extern const struct fault_point admin_faults[];
extern const size_t admin_n_faults;

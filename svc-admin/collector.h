/* collector - pulls the facts of audit from all services into the log (audit_log_store.h). */
#pragma once
#include "admin.h"

extern const struct admin_part collector_part;

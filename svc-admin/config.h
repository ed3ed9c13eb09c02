/* config - the settings of svc-admin (table in settings.c); const after start. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "common/settings.h"

struct admin_config {
    char *booking_addr, *payment_addr, *entrance_addr, *notify_addr;
    char *secret_key, *admin_key, *initial_password, *otp_roles;
    int64_t access_token_minutes, session_idle_hours, session_max_days;
    int64_t audit_text_days, contract_years, retention_days;
    int64_t hash_threads, staff_workers, figures_workers, internal_workers;
};
extern const struct setting admin_settings[];
extern const size_t admin_n_settings;
/* Rules over several settings; -1 refuses to start. */
int admin_settings_check(void *config);

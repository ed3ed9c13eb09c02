/* config - the settings of svc-entrance (table in settings.c); const after start. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "common/settings.h"

struct entrance_config {
    char *booking_addr, *order_token_key, *entrance_key, *device_token_key;
    int64_t internal_workers, scan_workers, staff_workers, sync_workers, visitor_workers;
};
extern const struct setting entrance_settings[];
extern const size_t entrance_n_settings;

/* config - the settings of svc-booking (table in settings.c); const after start. */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct setting;

struct booking_config {
    char *order_token_key, *public_url, *pub_listen;
    int64_t commit_lanes, payment_lanes;
    int64_t checkout_workers, browse_workers, staff_workers, internal_workers;
};
extern const struct setting booking_settings[];
extern const size_t booking_n_settings;

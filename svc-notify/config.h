/* config - the settings of svc-notify (table in settings.c); const after start. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/settings.h"

struct notify_config {
    char *booking_addr, *payment_addr, *instance, *order_token_key, *public_url;
    char *provider, *base_url, *app_key, *secret_key, *rest_api_key, *sender_key, *sms_sender;
    bool basic_base64;
    int64_t timeout_seconds, rate, send_threads, retry_first_ms, look_up_ms, rest_ms;
    int64_t feed_seconds, result_after_seconds, result_lost_hours;
    int64_t staff_workers, internal_workers;
};
extern const struct setting notify_settings[];
extern const size_t notify_n_settings;

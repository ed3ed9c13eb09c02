/* config - the settings of svc-payment (table in settings.c); const after start. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/settings.h"

struct payment_config {
    char *booking_addr, *entrance_addr, *instance, *public_url, *account_key;
    char *toss_secret_key, *toss_client_key, *toss_payment_url, *toss_open;
    int64_t toss_timeout_seconds, breaker_failures, breaker_open_ms;
    int64_t confirm_threads, cancel_threads, look_up_threads;
    int64_t pay_workers, visitor_workers, webhook_workers, staff_workers, internal_workers;
    int64_t deposit_poll_seconds, confirm_wait_ms, window_seconds, retry_first_ms;
    bool open_in_browser; /* TOSS_OPEN, understood */
};
extern const struct setting payment_settings[];
extern const size_t payment_n_settings;
/* Rules over several settings; -1 refuses to start. Takes the struct payment_config. */
int payment_check(void *config);

/* toss - Toss Payments as a struct provider. One line is logged per call: kind, order id, outcome, code, status, time,
 * trace id; never keys, names, card or account numbers. */
#pragma once
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include "provider.h"

struct toss;

struct toss_conf { /* texts are copied, except ca_file; times of 0: those of http_client */
    const char *secret_key;
    const char *url;     /* TOSS_PAYMENT_URL, or the bare address */
    const char *ca_file; /* NULL: the system's certificates */
    int connect_timeout_ms, timeout_ms;
    int64_t breaker_failures; /* failures in a row (no answer, 5xx, 429) of one kind of call that open its circuit */
    int64_t breaker_open_ms;  /* time between two probes */
    const atomic_bool *stop;  /* once true, calls in flight are given up; NULL: never */
};

/* NULL when out of memory or when key or address are too long; toss_keys_check() tells before whether they are good. */
struct toss *toss_open(const struct toss_conf *conf);
/* After the last call has returned. */
void toss_close(struct toss **t);
struct provider toss_provider(struct toss *t);

/* payment - what the whole of svc-payment shares. */
#pragma once
#include "provider.h"

struct bus_client;
struct journal;
struct payment_config;
struct saga_engine;
struct seal_key;
struct waiters;

struct payment {
    const struct payment_config *config;
    struct bus_client *bus;
    const struct provider *provider;
    struct saga_engine *engine;
    struct journal *journal;
    struct waiters *waiters;  /* confirms whose caller still listens */
    struct seal_key *account_key; /* refund accounts at rest */
};

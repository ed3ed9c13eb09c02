/* payment - what the whole of svc-payment shares. */
#pragma once
#include <stdint.h>
#include "provider.h"

struct bus_client;
struct chores;
struct db_pool;
struct journal;
struct payment_config;
struct saga_engine;
struct seal_key;
struct waiters;

struct payment {
    const struct payment_config *config;
    const char *owner;     /* this replica, in leases */
    int64_t lease_seconds; /* longer than any call to the provider */
    struct bus_client *bus;
    const struct provider *provider;
    struct saga_engine *engine;
    struct chores *chores;
    struct journal *journal;
    struct db_pool *dbs;          /* for steps; ops have their worker's connection */
    struct waiters *waiters;      /* confirms whose caller still listens */
    struct seal_key *account_key; /* refund accounts at rest */
};

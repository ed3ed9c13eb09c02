/* notify - what the whole of svc-notify shares. */
#pragma once
#include <pthread.h>
#include <stdint.h>
#include "pace.h"
#include "provider.h"

struct bus_client;
struct hmac_key;
struct notify_config;
struct rests;

struct notify {
    const struct notify_config *config;
    const char *owner;     /* this replica, in leases */
    const char *site;      /* PUBLIC_URL without its scheme, for the links in messages */
    int64_t lease_seconds; /* longer than any call to the provider */
    struct bus_client *bus;
    struct hmac_key *token_key;      /* for the links to tickets */
    const struct provider *provider; /* NULL: off, messages wait */
    struct rests *rests;
    pthread_mutex_t pace_lock; /* guards pace */
    struct pace pace;
};

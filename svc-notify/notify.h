/* notify - what the whole of svc-notify shares. */
#pragma once
#include <stdint.h>

struct bus_client;
struct hmac_key;
struct notify_config;
struct provider;

struct notify {
    const struct notify_config *config;
    const char *owner;     /* this replica, in leases */
    int64_t lease_seconds; /* longer than any call to the provider */
    struct bus_client *bus;
    const struct provider *provider; /* NULL: off, messages wait */
    struct hmac_key *token_key;      /* for the links to tickets */
};

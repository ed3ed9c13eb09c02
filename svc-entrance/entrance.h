/* entrance - what the whole of svc-entrance shares. */
#pragma once

struct bus_client;
struct consumers;
struct entrance_config;
struct hmac_key;
struct keys;
struct teller;

struct entrance {
    const struct entrance_config *config;
    struct hmac_key *token_key; /* of order tokens */
    struct keys *keys;          /* that sign codes */
    struct bus_client *bus;
    struct consumers *facts;
    struct teller *teller;
};

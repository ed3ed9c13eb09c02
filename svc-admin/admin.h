/* admin - what the whole of svc-admin shares. */
#pragma once

struct admin_config;
struct bus_client;
struct daemon;
struct hmac_key;
struct seal_key;

struct admin {
    const struct admin_config *config;
    struct daemon *daemon;
    struct bus_client *bus;       /* to booking, payment, entrance, notify, and to ourselves; lane "internal" */
    struct seal_key *seal;        /* of secrets at rest */
    struct hmac_key *refresh_key; /* of refresh tokens */
};

/* A part of svc-admin that works by itself. start: -1 ends the process. stop: also after a start that failed, or was never. */
struct admin_part {
    const char *name;
    int (*start)(struct admin *a);
    void (*stop)(void);
};

/* booking - what all workers and threads of one svc-booking share; worker->state points at it. */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct bus_pub;
struct catalogue;
struct committer;
struct gate_keeper;
struct hmac_key;
struct sweeper;

struct pool_change { /* a pool's numbers after a commit: newest version wins everywhere */
    int64_t exhibition_id, pool_id, version, available;
};

struct booking {
    struct catalogue *catalogue;
    struct gate_keeper *gate;
    struct committer *orders, *payments;
    struct sweeper *sweeper;
    struct bus_pub *pub;
    struct hmac_key *token_key; /* signs order tokens */
    const char *public_url;     /* without a trailing slash */
};

/* Tells the catalogue and the gate, after the commit. Cheap: both only note it. */
void booking_pools_changed(struct booking *b, const struct pool_change *change, size_t n);

/* puller - keeps something in memory no older than a second: pulls it from its owner each second, and at once on a hint. */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct arena;
struct bus_client;
struct json_out;
struct puller;

struct feed { /* what is pulled; `store` is where it is kept */
    const char *name, *service, *op;
    void (*ask)(void *store, struct json_out *o); /* members of the question: from where on */
    /* A page: 1: there is a next one, 0: it was the last, -1: malformed, nothing changed. */
    int (*take)(void *store, struct arena *a, const char *page, size_t len);
    int64_t (*as_of_ms)(void *store); /* the date of what is kept, by its owner; 0: nothing is */
};

/* `pub_addrs`: where the owner publishes hints, on the topic named like the feed; NULL: nowhere. NULL: could not start. */
struct puller *puller_start(const struct feed *feed, void *store, struct bus_client *bus, const char *pub_addrs);
/* Milliseconds since the owner last told news; hosts' clocks do not matter. INT64_MAX: never. */
int64_t puller_age_ms(const struct puller *p);
void puller_stop(struct puller **p);

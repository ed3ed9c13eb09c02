/* puller - keeps the catalogue no older than a second: pulls from booking each second, and at once on a hint. */
#pragma once
#include <stdint.h>

struct bus_client;
struct catalogue;
struct puller;
/* `pub_addrs`: where booking publishes hints. NULL: could not start. */
struct puller *puller_start(struct catalogue *c, struct bus_client *bus, const char *pub_addrs);
/* Milliseconds since booking last told news of its database; hosts' clocks do not matter. INT64_MAX: never. */
int64_t puller_age_ms(const struct puller *p);
void puller_stop(struct puller **p);

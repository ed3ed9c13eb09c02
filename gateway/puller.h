/* puller - keeps the catalogue no older than a second: pulls from booking each second, and at once on a hint. */
#pragma once

struct bus_client;
struct catalogue;
struct puller;
/* `pub_addrs`: where booking publishes hints. NULL: could not start. */
struct puller *puller_start(struct catalogue *c, struct bus_client *bus, const char *pub_addrs);
void puller_stop(struct puller **p);

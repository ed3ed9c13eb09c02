/* bus_addr - from "host:port,host:port" to the addresses of all replicas: every A record of every name. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#define BUS_MAX_PEERS 32
#define BUS_ADDR_LEN 24 /* 255.255.255.255:65535 */

struct addr_list {
    size_t n;
    bool complete; /* false: some name could not be looked up, so a missing address proves nothing */
    char at[BUS_MAX_PEERS][BUS_ADDR_LEN];
};

/* May block as long as the system's resolver likes. No address is listed twice. */
void addr_resolve(const char *addrs, struct addr_list *out);
bool addr_has(const struct addr_list *list, const char *addr);

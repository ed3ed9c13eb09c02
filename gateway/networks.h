/* networks - lists of addresses: whose forwarded headers count, who may send webhooks. Pure. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ADDRESS_TEXT 46 /* longest IPv6 text + NUL */

struct address { /* IPv4 is kept as IPv4-mapped IPv6: one comparison serves both */
    uint8_t byte[16];
};
bool address_parse(const char *text, size_t n, struct address *out);
/* Canonical text. */
void address_format(const struct address *a, char out[ADDRESS_TEXT]);
/* What limits count: an IPv4 address, or the /64 network of an IPv6 address, which one visitor has to himself. */
void address_owner(const struct address *a, char out[ADDRESS_TEXT]);

struct networks;
/* "10.0.0.0/8,127.0.0.1,fd00::/8"; "" holds nobody. NULL: malformed or out of memory. */
struct networks *networks_open(const char *list);
bool networks_have(const struct networks *p, const struct address *a);
void networks_close(struct networks **p);

/* The client behind `peer`: walks X-Forwarded-For from right to left past trusted proxies. A malformed element ends the walk:
 * what a trusted proxy vouched for last counts. */
struct address client_address(const struct networks *trusted, const struct address *peer, const char *forwarded_for);

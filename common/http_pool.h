/* http_pool - clients of one server, shared by threads: each call in flight has a client of its own, which is kept for later ones.
 * The one used last is taken first: its connection is the least likely to be dead. */
#pragma once
#include "http_client.h"

struct http_pool;

/* NULL when out of memory. */
struct http_pool *http_pool_open(const struct http_client_conf *conf);
/* After the last client has been given back. */
void http_pool_close(struct http_pool **p);
/* NULL when out of memory. */
struct http_client *http_pool_take(struct http_pool *p);
void http_pool_give(struct http_pool *p, struct http_client *c);

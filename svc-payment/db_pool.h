/* db_pool - a few connections for steps that read or write more than their own row. Borrowed, given back soon. */
#pragma once
#include <stddef.h>

struct db;
struct db_pool;
/* Owns the connections. NULL: out of memory, or one of them is NULL. */
struct db_pool *db_pool_new(struct db **dbs, size_t n);
void db_pool_free(struct db_pool **p);
/* Waits for a free one. */
struct db *db_pool_take(struct db_pool *p);
void db_pool_give(struct db_pool *p, struct db *db);

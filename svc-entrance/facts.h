/* facts - what booking tells becomes our copies of exhibitions, products, slots and paid orders, and the codes of those orders. */
#pragma once

struct consumer;
struct db;
struct entrance;
/* The connection is used by its thread alone, and closed by the caller after consumer_stop(). NULL: cannot start. */
struct consumer *facts_start(struct entrance *e, struct db *db);

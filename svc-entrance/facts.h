/* facts - what booking tells becomes our copies of exhibitions, products, slots and paid orders, and the codes of those orders. */
#pragma once
#include "common/consumers.h"

struct entrance;
struct consumers *facts_start(struct daemon *d, struct entrance *e);

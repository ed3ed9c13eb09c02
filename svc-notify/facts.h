/* facts - pulls what booking and payment tell; each page becomes facts and messages in one transaction with its cursor. */
#pragma once
#include "common/consumers.h"

struct consumers *facts_start(struct daemon *d, struct bus_client *bus);

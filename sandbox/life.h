/* life - start and end of the sandbox's parts. */
#pragma once
#include <stdbool.h>

struct daemon;
int life_start(struct daemon *d);
void life_drain(struct daemon *d, int ms);
void life_stop(struct daemon *d);
bool life_ready(struct daemon *d);

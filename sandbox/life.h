/* life - start and end of the sandbox's parts. */
#pragma once

struct daemon;
int life_start(struct daemon *d);
void life_drain(struct daemon *d, int ms);
void life_stop(struct daemon *d);

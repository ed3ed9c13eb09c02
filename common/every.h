/* every - something done by the clock, on a thread of its own. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct every;
/* Calls run(arg) `ms` after its last call has ended; at once while it returns true: there is more to do. NULL: cannot start. */
struct every *every_start(int64_t ms, bool (*run)(void *arg), void *arg);
/* A call that is under way ends first. */
void every_stop(struct every **e);

/* chores - what svc-payment does by the clock, each on a thread of its own so that none waits for another:
 * late answers, health told to booking, a walk over the orders that booking believes are being paid, and old rows. */
#pragma once

struct chores;
struct daemon;
/* NULL: cannot start. The daemon's state is its struct payment. */
struct chores *chores_start(struct daemon *d);
void chores_stop(struct chores **c);

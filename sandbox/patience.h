/* patience - waiting that ends early: at shutdown, and when tests reset the sandbox. */
#pragma once
#include <stdint.h>

struct patience;
struct patience *patience_open(void);
void patience_close(struct patience **p);
void patience_wait(struct patience *p, int64_t ms);
/* Everybody who waits now goes on. */
void patience_interrupt(struct patience *p);
/* From now on nobody waits at all. */
void patience_end(struct patience *p);

/* rest - pauses of threads, cut short when they shall end or go on. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct rest;
struct rest *rest_open(void); /* NULL: out of memory */
/* True after `ms`, or sooner if interrupted. False: it is over, and so shall be what rests. */
bool rest_for(struct rest *r, int64_t ms);
bool rest_until(struct rest *r, int64_t mono_ms);
/* Whoever pauses now goes on. */
void rest_interrupt(struct rest *r);
/* Every pause is over, those to come too. */
void rest_over(struct rest *r);
/* When nobody pauses any more. */
void rest_close(struct rest **r);

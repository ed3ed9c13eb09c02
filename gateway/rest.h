/* rest - pauses inside of long answers, cut short when the gateway ends. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct rest;
struct rest *rest_open(void);
/* True after `ms`. False: the gateway ends, and so shall the answer. */
bool rest_for(struct rest *r, int64_t ms);
/* Every pause is over, those to come too. */
void rest_over(struct rest *r);
/* When nobody pauses any more. */
void rest_close(struct rest **r);

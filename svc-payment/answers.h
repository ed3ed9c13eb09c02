/* answers - what the buyer hears of an attempt. */
#pragma once
#include "common/bus.h"
#include "common/json.h"

struct attempt;
struct payment;

#define ANSWER_MS 200 /* an answer needs on its way back */

/* Answers a confirm; NULL: not decided yet. The same for ever, once it is. */
void answer_confirm(struct payment *p, struct bus_req *req, const struct attempt *at);
/* Answers an initialize that has failed. */
void answer_failed(struct bus_req *req, const struct attempt *at);
/* "virtual_account": null, or where to deposit. */
void answer_put_account(struct json_out *json, const struct attempt *at);

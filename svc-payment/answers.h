/* answers - what the buyer hears of an attempt. */
#pragma once
#include "common/bus.h"
#include "common/json.h"

struct attempt;
struct order_info;
struct payment;

#define ANSWER_MS 200 /* an answer needs on its way back */

/* Answers a confirm; NULL: not decided yet. */
void answer_confirm(struct payment *p, struct bus_req *req, const struct attempt *at);
/* A confirm of what has long been decided: the order may have been given back since. */
void answer_confirm_again(struct payment *p, struct bus_req *req, const struct attempt *at, const struct order_info *o);
/* Answers an initialize that has failed. */
void answer_failed(struct bus_req *req, const struct attempt *at);
/* "virtual_account": null, or where to deposit. */
void answer_put_account(struct json_out *json, const struct attempt *at);

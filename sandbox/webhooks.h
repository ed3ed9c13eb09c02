/* webhooks - sends events to the shop as Toss does: POST, success only on 200 within 10 s, seven more tries at growing
 * distances (Toss guide, webhook). Sending never holds up an answer. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/json.h"
#include "clock.h"
#include "faults.h"

struct webhooks;
struct webhooks_conf {
    const char *url; /* "": everything is dropped silently */
    struct clock clock;
    size_t threads, queue; /* events known at once; beyond, new ones are lost (and counted) */
    bool new_ids;          /* each re-send gets a transmission id of its own */
};
struct webhooks *webhooks_start(const struct webhooks_conf *conf);
void webhooks_stop(struct webhooks **w);
void webhooks_clear(struct webhooks *w);
bool webhooks_wanted(const struct webhooks *w);

struct event {
    const char *type; /* "PAYMENT_STATUS_CHANGED" */
    const char *payment_key, *order_id, *status;
    const char *body;
    size_t len;
};
/* Takes a copy. `fault` (phase webhook) is applied to it. Its number, or 0 when it was lost. */
uint64_t webhooks_push(struct webhooks *w, const struct event *e, const struct fault_hit *fault);
/* Until the event has been tried once, at most `ms`. */
void webhooks_await(struct webhooks *w, uint64_t number, int64_t ms);
/* Array of the deliveries known, oldest first; NULL filters match all. */
void webhooks_write(struct webhooks *w, struct json_out *o, const char *key, const char *payment_key,
                    const char *order_id);

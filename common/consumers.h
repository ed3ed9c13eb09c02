/* consumers - several sources of events pulled alike, each on a thread and a connection of its own. */
#pragma once
#include "events.h"

struct daemon;
struct consumers;
struct event_source { /* as in consumer_conf */
    const char *service, *types, *fields;
};
/* `alike` says all but service, types, fields and db. `apply` runs for all sources at once: whose an event is, it says itself.
 * NULL: cannot start; the reason is in the log. */
struct consumers *consumers_start(struct daemon *d, const struct consumer_conf *alike,
                                  const struct event_source *sources, size_t n);
void consumers_stop(struct consumers **c);

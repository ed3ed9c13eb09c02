/* rests - what must not be sent until the operator has acted: a template that differs from what was approved, or everything
 * when our account is refused. Each alarm is one line at ERROR and a metric; the messages wait in their queue. Shared by
 * all threads; a replica finds out for itself. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "template.h"

struct rests;
struct rests *rests_new(int64_t rest_ms);
void rests_free(struct rests **r);

/* For a carrier that cannot show its templates: true when this is one of several messages of the template that were refused in
 * a row, so that not their words are at fault. */
bool rests_is_refused(struct rests *r, const struct template *t, int64_t message);
void rests_template(struct rests *r, const struct template *t, const char *why);
void rests_provider(struct rests *r, const char *why);
/* How many messages may leave together: 0 none, 1 one of them finds out whether we are let in again, else `max`. */
size_t rests_batch(struct rests *r, int64_t now_ms, size_t max);
/* The provider has taken a message: our account is right, and its template. NULL: it is one that this build does not know. */
void rests_taken(struct rests *r, const struct template *t);
/* Keys of the templates at rest; `keys` holds template_count. */
size_t rests_templates(struct rests *r, const char **keys);
/* Templates whose time has come to be looked at again. */
size_t rests_due(struct rests *r, int64_t now_ms, const struct template **due);
void rests_repaired(struct rests *r, const struct template *t);

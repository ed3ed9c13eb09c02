/* catalogue_publish - renders the catalogue into the snapshot. */
#pragma once
#include "catalogue_model.h"

struct snapshot;

/* A round of writing: `all` renders every document; otherwise slots only where stock changed after `since`. The marks
 * are those of cat_pool. True when something changed. */
bool catalogue_publish(struct snapshot *s, const struct cat_data *d, const struct cat_pools *pools, int64_t now,
                       int64_t as_of, bool all, uint64_t since);

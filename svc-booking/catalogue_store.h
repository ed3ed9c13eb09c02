/* catalogue_store - reads the catalogue from SQL. */
#pragma once
#include "catalogue_model.h"
#include "common/db.h"

/* The database's clock, and a text that is another one whenever a definition (or the day in Seoul) has changed. */
enum db_rc catalogue_store_mark(struct db *db, struct arena *a, int64_t *now, const char **mark);
/* All that visitors may see, in an arena of its own: free it with arena_free(&data->arena). Slots of past days are
 * left out. */
enum db_rc catalogue_store_load(struct db *db, struct cat_data **data);
/* Numbers of all pools, by id, in `a`. */
enum db_rc catalogue_store_pools(struct db *db, struct arena *a, struct cat_pools *pools);
/* Sets in_checkout and awaiting_deposit of the pools that are empty. */
enum db_rc catalogue_store_held(struct db *db, struct arena *a, struct cat_pools *pools);

/* facts_store - a page of booking's events, into the tables (note_facts of the migration). */
#pragma once
#include "code_store.h"
#include "common/events.h"

/* *issues: the codes that orders lack now. */
enum db_rc facts_store_note(struct db *db, struct arena *a, const struct event *events, size_t n, struct issue **issues,
                            size_t *n_issues);
/* Which of the orders that the events are about have people who went in with a scan. */
enum db_rc facts_store_claimed(struct db *db, struct arena *a, const struct event *events, size_t n,
                               const int64_t **ids, size_t *n_ids);

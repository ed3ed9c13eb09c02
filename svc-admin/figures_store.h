/* figures_store - events into figures. */
#pragma once
#include "common/db.h"
#include "common/events.h"

/* A page of events of one service, inside a transaction: counted once, however often and in whatever order they come. */
enum db_rc figures_store_note(struct db *db, struct arena *a, const char *service, const struct event *events,
                              size_t n);

/* figures_store - events into figures. */
#pragma once
#include "common/db.h"
#include "common/events.h"

/* Inside a transaction, before all else: to its end nobody else changes figures. DB_RETRY: they are being counted anew. */
enum db_rc figures_store_lock(struct db *db);
/* A page of events of one service, inside that transaction: counted once, however often and in whatever order they come. */
enum db_rc figures_store_note(struct db *db, struct arena *a, const char *service, const struct event *events,
                              size_t n);

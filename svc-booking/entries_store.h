/* entries_store - codes and entries of orders, as the gate tells them (note_entries of migrations/009_booking_facts.sql). */
#pragma once
#include "common/db.h"
#include "common/strbuf.h"

/* Inside a transaction. `orders`: the array of op note_entries; its answer goes to `out`. */
enum db_rc entries_store_note(struct db *db, struct arena *a, const char *orders, struct strbuf *out);

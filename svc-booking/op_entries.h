/* op_entries - what the gate tells booking of its orders. */
#pragma once
#include "common/bus.h"

/* note_entries {"orders":[{"order_number","version","token_version","qr_code"?,"entered":[{"ticket","at"}]}]}, at most 256: the
 * version of an order's tokens, its code and everybody of it who is inside, as of a version. It may come late, twice, in any order:
 * only a higher version counts, and tokens never become older.
 * → {"unknown":[order numbers]} */
enum status op_note_entries(struct worker *w, struct bus_req *req, struct strbuf *out);

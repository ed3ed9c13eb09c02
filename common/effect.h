/* effect - mutating calls: one transaction around the effect, done again when the database asks for it, and the stored answer
 * told again to whoever repeats the key. Only effects are stored; a refusal leaves nothing behind. */
#pragma once
#include "bus.h"
#include "db.h"

/* Does the work inside the open transaction of w->db. DB_OK: *st says what came of it, and a success commits with `out` as
 * its answer. May run several times. */
typedef enum db_rc (*effect_fn)(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out);

/* One transaction. */
enum status effect_run(struct worker *w, struct bus_req *req, effect_fn fn, void *arg, struct strbuf *out);
/* The same under the request's idempotency key. *repeated: fn was not run, `out` is the earlier answer. */
enum status effect_run_once(struct worker *w, struct bus_req *req, effect_fn fn, void *arg, struct strbuf *out,
                            bool *repeated);
/* What a caller is told of a failed statement whose transaction is gone. */
enum status effect_status(enum db_rc rc);

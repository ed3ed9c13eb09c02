/* staff - the calls on what staff keep (staff_table.h): list, get, update, delete, and the second half of create.
 * Scope is checked here: what is outside of it does not exist for the caller. */
#pragma once
#include "common/body.h"
#include "staff_table.h"

/* The exhibitions the query asks for and the caller may see: NULL means all. ST_NOT_FOUND: asks for one outside. */
enum status staff_codes(struct worker *w, struct bus_req *req, const char *const **codes, size_t *n);
/* The body as an object. Not ST_OK: `out` tells why. */
enum status staff_body(struct bus_req *req, struct json_in *in, struct json_faults *faults, struct strbuf *out);

/* `from`, `to`: days, or NULL. Answers {"<plural>":[…],"next_cursor"}. */
enum status staff_list(struct worker *w, struct bus_req *req, const struct staff_table *t, const char *from,
                       const char *to, struct strbuf *out);
enum status staff_get(struct worker *w, struct bus_req *req, const struct staff_table *t, struct strbuf *out);
enum status staff_update(struct worker *w, struct bus_req *req, const struct staff_table *t, struct strbuf *out);
enum status staff_delete(struct worker *w, struct bus_req *req, const struct staff_table *t, struct strbuf *out);
/* Inside a create's transaction, after the insert of row `id`: its values (args[0] is set here), the audit fact, the
 * answer. */
enum db_rc staff_created(struct worker *w, struct bus_req *req, const struct staff_table *t, int64_t id,
                         struct db_args *args, enum status *st, struct strbuf *out);
/* After a change has committed. */
void staff_changed(struct worker *w, enum status st);

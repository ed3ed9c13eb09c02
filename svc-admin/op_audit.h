/* op_audit - the log of who did what, for those who answer for it. */
#pragma once
#include "common/bus.h"

/* "audit.list": exhibition? user? action? entity? date_from? date_to? cursor? limit?; the newest first. Managers see what is about
 * their exhibitions, superadmins everything. */
enum status op_audit_list(struct worker *w, struct bus_req *req, struct strbuf *out);

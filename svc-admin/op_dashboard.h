/* op_dashboard - the live figures, of one exhibition or of all that the caller may see. */
#pragma once
#include "common/bus.h"

enum status op_dashboard(struct worker *w, struct bus_req *req, struct strbuf *out);

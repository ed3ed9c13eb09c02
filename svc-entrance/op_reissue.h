/* op_reissue - an order whose codes have leaked gets new ones; the old ones are replaced from then on. */
#pragma once
#include "common/bus.h"

enum status op_reissue(struct worker *w, struct bus_req *req, struct strbuf *out);

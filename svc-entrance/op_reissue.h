/* op_reissue - an order whose codes or link have leaked gets new ones; the old ones open nothing from then on. booking hears of the
 * new tokens, and by booking whoever sends the link. */
#pragma once
#include "common/bus.h"

enum status op_reissue(struct worker *w, struct bus_req *req, struct strbuf *out);

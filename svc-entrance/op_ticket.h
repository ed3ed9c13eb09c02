/* op_ticket - what visitors see of their tickets. */
#pragma once
#include "common/bus.h"

enum status op_ticket_list(struct worker *w, struct bus_req *req, struct strbuf *out);
/* The answer is the picture itself, not JSON. */
enum status op_ticket_qr(struct worker *w, struct bus_req *req, struct strbuf *out);

/* op_notification - what staff see of messages, and what they can do about those that did not arrive. */
#pragma once
#include "common/bus.h"

enum status op_notification_list(struct worker *w, struct bus_req *req, struct strbuf *out);
enum status op_order_history(struct worker *w, struct bus_req *req, struct strbuf *out); /* order_number */
/* One that failed, was dropped or got lost is sent again, with the reason in the audit. */
enum status op_notification_resend(struct worker *w, struct bus_req *req, struct strbuf *out);

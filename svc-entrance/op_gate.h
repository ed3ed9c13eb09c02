/* op_gate - entries: scans, what is undone of them, refunds that take tickets out of use, figures, the scans of an
 * order. */
#pragma once
#include "common/bus.h"

void op_scan(struct worker *w, struct bus_req **reqs, size_t n);
enum status op_undo(struct worker *w, struct bus_req *req, struct strbuf *out);
enum status op_void(struct worker *w, struct bus_req *req, struct strbuf *out);
enum status op_unvoid(struct worker *w, struct bus_req *req, struct strbuf *out);
enum status op_stats(struct worker *w, struct bus_req *req, struct strbuf *out);
enum status op_order_history(struct worker *w, struct bus_req *req, struct strbuf *out); /* order_number */

/* op_retention - superadmins look at the runs of retention.h and ask for one. */
#pragma once
#include "common/bus.h"
#include "common/json.h"

struct retention_run;

enum status op_retention_list(struct worker *w, struct bus_req *req, struct strbuf *out);
/* 202: it goes on by itself; while one is under way that one is told. */
enum status op_retention_run(struct worker *w, struct bus_req *req, struct strbuf *out);
/* A run as it is shown, and noted in the log of audit. */
void retention_write(struct json_out *o, const struct retention_run *run);

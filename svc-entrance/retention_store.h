/* retention_store - which personal data svc-entrance erases when (docs/retention.md, migrations/015_retention.sql). */
#pragma once
#include "common/bus.h"

enum status op_retention(struct worker *w, struct bus_req *req, struct strbuf *out);

/* retention_store - which personal data svc-booking erases when (docs/retention.md, migrations/015_retention.sql). */
#pragma once
#include "common/bus.h"

enum status op_retention(struct worker *w, struct bus_req *req, struct strbuf *out);
/* Op "exhibition.ends" {"after":id} → {"exhibitions":[{"id","end_date"}],"more":bool}: by which everybody's data becomes due. */
enum status op_exhibition_ends(struct worker *w, struct bus_req *req, struct strbuf *out);

/* op_offline - scanners: enrolment, what they need to work without us, and what they did meanwhile (docs/offline.md). */
#pragma once
#include "common/bus.h"

enum status op_device_create(struct worker *w, struct bus_req *req, struct strbuf *out);
enum status op_device_list(struct worker *w, struct bus_req *req, struct strbuf *out);
enum status op_device_delete(struct worker *w, struct bus_req *req, struct strbuf *out);
enum status op_keys(struct worker *w, struct bus_req *req, struct strbuf *out);
enum status op_manifest(struct worker *w, struct bus_req *req, struct strbuf *out);
enum status op_sync(struct worker *w, struct bus_req *req, struct strbuf *out);

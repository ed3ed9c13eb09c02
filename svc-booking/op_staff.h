/* op_staff - handlers of the catalogue and staff calls, for the op table. Roles are checked there; the handlers check
 * that the exhibition is in the caller's scope and answer NOT_FOUND when it is not. */
#pragma once
#include "common/bus.h"

/* op_exhibition.c; create and delete are for scope "*" only */
enum status op_exhibition_list(struct worker *w, struct bus_req *req, struct strbuf *out);
enum status op_exhibition_get(struct worker *w, struct bus_req *req, struct strbuf *out); /* id */
enum status op_exhibition_create(struct worker *w, struct bus_req *req, struct strbuf *out);
enum status op_exhibition_update(struct worker *w, struct bus_req *req, struct strbuf *out); /* id */
enum status op_exhibition_delete(struct worker *w, struct bus_req *req, struct strbuf *out); /* id */
/* op_product.c */
enum status op_product_list(struct worker *w, struct bus_req *req, struct strbuf *out); /* exhibition? cursor? limit? */
enum status op_product_create(struct worker *w, struct bus_req *req, struct strbuf *out);
enum status op_product_update(struct worker *w, struct bus_req *req, struct strbuf *out); /* id */
enum status op_product_delete(struct worker *w, struct bus_req *req, struct strbuf *out); /* id */
/* op_slot.c */
enum status op_slot_list(struct worker *w, struct bus_req *req,
                         struct strbuf *out); /* exhibition date_from? date_to? cursor? limit? */
enum status op_slot_create(struct worker *w, struct bus_req *req, struct strbuf *out);
enum status op_slot_update(struct worker *w, struct bus_req *req, struct strbuf *out); /* id */
enum status op_slot_delete(struct worker *w, struct bus_req *req, struct strbuf *out); /* id */
/* op_staff_order.c */
enum status op_staff_order_list(struct worker *w, struct bus_req *req, struct strbuf *out);   /* "order.list" */
enum status op_staff_order_detail(struct worker *w, struct bus_req *req, struct strbuf *out); /* "order.detail": id */
enum status op_staff_order_patch(struct worker *w, struct bus_req *req, struct strbuf *out);  /* "order.patch": id */
/* op_export.c */
enum status op_order_export(struct worker *w, struct bus_req *req, struct strbuf *out); /* as order.list */
/* op_reveal.c */
enum status op_order_reveal(struct worker *w, struct bus_req *req, struct strbuf *out); /* "order.reveal": id */
/* op_snapshot.c */
enum status op_catalogue_snapshot(struct worker *w, struct bus_req *req, struct strbuf *out);

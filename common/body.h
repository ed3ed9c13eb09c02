/* body - what a call brings, read into what its handler wants; what is wrong with it becomes the answer. */
#pragma once
#include <stdbool.h>
#include "bus.h"
#include "json.h"

/* Takes the fields of the object. Unknown ones are found afterwards, by body_read(). */
typedef void (*body_reader)(struct json_in *in, void *arg);
/* ST_OK; otherwise what to answer, with every fault in `out`: then what was read must not be used. `empty_ok`: no body is {}. */
enum status body_read(const struct bus_req *req, bool empty_ok, body_reader read, void *arg, struct strbuf *out);
/* The required member "reason" of a call that needs one, without blanks around it. NULL, with its fault noted: not 1..200
 * characters, or none of them can be seen. */
const char *body_reason(struct json_in *in);
/* ST_VALIDATION_FAILED with these faults in `out`. */
enum status body_refuse_all(const struct bus_req *req, const struct json_faults *faults, struct strbuf *out);
/* The same with one: a field, or a variable of path or query. */
enum status body_refuse(const struct bus_req *req, const char *field, enum json_fault fault, struct strbuf *out);

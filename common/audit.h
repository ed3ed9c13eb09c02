/* audit - the fact that somebody changed something: who, what, before and after, why, from where.
 *
 * It is an event of type "audit", written in the transaction of the change it tells of: no change without its fact,
 * no fact without its change. Personal data goes in masked (mask.h). */
#pragma once
#include <stdint.h>

#include "db.h"

struct bus_req;

struct audit {
    const char *entity; /* "product:12"; of orders the order number, so that their history shows it */
    int64_t version;    /* of the entity after the change */
    const char *exhibition_code;
    const char *before; /* JSON object; NULL: did not exist */
    const char *after;  /* JSON object; NULL: exists no more */
    const char *reason; /* as the person gave it, or NULL; numbers and addresses in it are masked */
};
/* Inside the open transaction of `db`. The action (the op), the person and the address come from the request's head. */
enum db_rc audit_emit(struct db *db, const struct bus_req *req, const struct audit *a);

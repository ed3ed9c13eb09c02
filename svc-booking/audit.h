/* audit - the fact that somebody changed something: who, what, before and after, why, from where.
 *
 * It is an event of type "audit", written in the transaction of the change it tells of: no change without its fact, no fact
 * without its change. Personal data goes in masked (mask.h). */
#pragma once
#include <stdint.h>
#include "common/db.h"

struct bus_req;
struct arena;

struct audit {
    const char *action;      /* "product.update" */
    const char *entity;      /* "product" */
    int64_t entity_id;
    int64_t exhibition_id;
    const char *before;      /* JSON object; NULL: did not exist */
    const char *after;       /* JSON object; NULL: exists no more */
    const char *reason;      /* as the person gave it, or NULL */
};
/* Inside the open transaction of `db`. The person and the address come from the request's head. */
enum db_rc audit_emit(struct db *db, const struct bus_req *req, const struct audit *a);

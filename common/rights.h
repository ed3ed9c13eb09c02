/* rights - who may do what: roles × calls, the one table. The gateway reads it to refuse early, the bus server of the owning
 * service refuses by it, and docs/ops.md is printed from it. Which exhibitions somebody may see is another question, answered by
 * the owner of the data (bus_in_scope). */
#pragma once
#include <stddef.h>
#include "role.h"

struct right {
    const char *service; /* "booking"; "*": every service */
    const char *op;      /* "order.patch", or a part of what it does: "order.patch/cancel" */
    unsigned roles;      /* ROLE_ bits */
};
extern const struct right rights[];
extern const size_t rights_count;

/* Roles that may call `op` of `service`. An op without a row is for other services only: ROLE_SERVICE. */
unsigned rights_of(const char *service, const char *op);
/* The same of a part of an op; one without a row is for nobody: 0. */
unsigned rights_of_part(const char *service, const char *op, const char *part);

/* caller - who is at the gate: a member of staff or an enrolled device, and in which exhibition they stand. */
#pragma once
#include <stdint.h>
#include "common/bus.h"

struct caller {
    int64_t device;              /* devices.id; 0: staff */
    int64_t admin_id;            /* 0: a device */
    const char *device_id;       /* for scans that name none: "dev-7", "staff-3" */
    bool stands;                 /* in one exhibition; others wherever the ticket is for, within their scope */
    int64_t exhibition_id;       /* that one; 0: we have not heard of it */
    const char *exhibition_code; /* its code; "" while `stands` is false */
    const struct bus_req *req;
};
/* ST_UNAUTHENTICATED: a device that is not ours, or no longer: a revoked one is refused at once. */
enum status caller_find(struct worker *w, struct bus_req *req, struct caller *c);
/* The exhibition in which this caller stands when a ticket for this exhibition is held up. Not the same one: the ticket is for
 * elsewhere. 0: out of the scope, or not known to us. */
int64_t caller_place(const struct caller *c, int64_t exhibition_id, const char *exhibition_code);
/* What scans are stored under when the body calls the device so (NULL: not at all). NULL: a device calls itself by another name. */
const char *caller_device(const struct caller *c, const char *device_id);

/* caller - who is at the gate: a member of staff or an enrolled device, and in which exhibition they stand. */
#pragma once
#include <stdint.h>
#include "common/bus.h"

#define CALLER_DEVICE_MAX 64 /* characters of what a scan calls its device */

struct caller {
    enum status status;          /* ST_OK, or why the call is refused: the rest is not to be used then */
    int64_t device;              /* devices.id; 0: staff */
    int64_t admin_id;            /* 0: a device */
    const char *scanner;         /* who scans, whatever their device is called: "dev-7", "staff-3" */
    bool stands;                 /* in one exhibition; others wherever the ticket is for, within their scope */
    int64_t exhibition_id;       /* that one; 0: we have not heard of it */
    const char *exhibition_code; /* its code; "" while `stands` is false */
    const struct bus_req *req;
};
/* ST_UNAUTHENTICATED: a device that is not ours, or no longer: a revoked one is refused at once. */
enum status caller_find(struct worker *w, struct bus_req *req, struct caller *c);
/* Those of many calls by one statement, whose outcome is callers[i].status of reqs[i]. */
void callers_find(struct worker *w, struct arena *a, struct bus_req *const *reqs, size_t n, struct caller *callers);
/* The exhibition in which this caller stands when a ticket for this exhibition is held up. Not the same one: the ticket is for
 * elsewhere. 0: out of the scope, or not known to us. */
int64_t caller_place(const struct caller *c, int64_t exhibition_id, const char *exhibition_code);
/* What the device is called when the body calls it so (NULL: not at all). NULL: that is the name of another scanner. */
const char *caller_device(const struct caller *c, const char *device_id);

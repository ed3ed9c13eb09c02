/* dispatch - the story of a request, see dispatch.c. */
#pragma once

struct code;
struct exchange;
struct http_req;

void sandbox_handle(void *sandbox, struct http_req *http);
/* Does what the route does, after the latency that was set; or answers `ordered` (NULL: nothing was) instead, or both. */
void dispatch_execute(struct exchange *x, const struct code *ordered);

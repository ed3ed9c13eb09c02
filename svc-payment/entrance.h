/* entrance - svc-payment's calls to svc-entrance, which knows who is inside: before money moves, nobody may enter with its tickets
 * any more. Answers as in ask.h; both may be repeated, the refund is the fence. */
#pragma once
#include <stdbool.h>
#include "common/status.h"

struct arena;
struct payment;
struct refund;

/* All of the refund's tickets or none: ST_INVALID_STATE when somebody is inside with one of them, or after an unvoid. `not_entered`:
 * those of them that nobody is inside with. ST_OK: the refund's tickets are those that were taken. */
enum status entrance_void(struct payment *p, struct arena *a, struct refund *r, bool not_entered);
enum status entrance_unvoid(struct payment *p, struct arena *a, const struct refund *r);

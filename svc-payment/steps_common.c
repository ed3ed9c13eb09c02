#include "steps_common.h"
#include <string.h>
#include "common/timeutil.h"

#define CIRCUIT_MS 2000

bool circuit_is_open(const struct call_result *r) { return r->code != NULL && strcmp(r->code, "CIRCUIT_OPEN") == 0; }

void call_later(const struct saga *row, const struct call_result *r, struct saga_move *m) {
    saga_later(row, m);
    if (circuit_is_open(r)) m->due_ms = time_now_ms() + CIRCUIT_MS;
}

bool money_came(const struct money *m) {
    return m->state == MONEY_DONE || m->state == MONEY_PARTIAL_CANCELED ||
           (m->state == MONEY_CANCELED && m->approved_ms != 0);
}

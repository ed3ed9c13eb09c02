#include "booking.h"
#include "catalogue.h"
#include "gate_keeper.h"

void booking_pools_changed(struct booking *b, const struct pool_change *change, size_t n) {
    for (size_t i = 0; i < n; i++)
        catalogue_pool_update(b->catalogue, change[i].pool_id, change[i].version, change[i].available);
    gate_keeper_changed(b->gate, change, n);
}

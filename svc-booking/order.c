#include "order.h"
#include <string.h>

static const char *const names[ORDER_STATUS_COUNT] = {
    [ORDER_RESERVED] = "reserved",
    [ORDER_PAYING] = "paying",
    [ORDER_AWAITING_DEPOSIT] = "awaiting_deposit",
    [ORDER_PAID] = "paid",
    [ORDER_PARTIALLY_CANCELLED] = "partially_cancelled",
    [ORDER_CANCELLED] = "cancelled",
    [ORDER_EXPIRED] = "expired",
};

#define TO(state) (1U << ORDER_##state)

/* from -> the states it may move to */
static const unsigned moves[ORDER_STATUS_COUNT] = {
    [ORDER_RESERVED] = TO(PAYING) | TO(PAID) /* 0 won */ | TO(EXPIRED) | TO(CANCELLED),
    [ORDER_PAYING] = TO(RESERVED) | TO(AWAITING_DEPOSIT) | TO(PAID) | TO(EXPIRED) | TO(CANCELLED),
    [ORDER_AWAITING_DEPOSIT] = TO(PAID) | TO(EXPIRED) | TO(CANCELLED),
    [ORDER_PAID] = TO(AWAITING_DEPOSIT) /* reversed: tickets suspended */ | TO(PARTIALLY_CANCELLED) | TO(CANCELLED),
    [ORDER_PARTIALLY_CANCELLED] = TO(PARTIALLY_CANCELLED) | TO(CANCELLED),
    [ORDER_EXPIRED] = TO(PAID) /* late money */,
    [ORDER_CANCELLED] = TO(PAID) /* late money */,
};

static bool known(enum order_status s) { return (unsigned)s < ORDER_STATUS_COUNT; }

bool order_can_move(enum order_status from, enum order_status to) {
    return known(from) && known(to) && (moves[from] & (1U << to)) != 0;
}

const char *order_status_name(enum order_status s) { return known(s) ? names[s] : "?"; }

bool order_status_parse(const char *name, enum order_status *out) {
    for (int s = 0; s < ORDER_STATUS_COUNT; s++) {
        if (strcmp(names[s], name) == 0) {
            *out = (enum order_status)s;
            return true;
        }
    }
    return false;
}

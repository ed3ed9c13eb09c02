#include "urls.h"
#include "booking.h"
#include "common/arena.h"

const char *url_success(struct arena *a, const char *public_url, const struct order_info *o) {
    return arena_printf(a, "%s/%s/complete/?order_number=%s", public_url, o->exhibition_code, o->order_number);
}

const char *url_fail(struct arena *a, const char *public_url, const struct order_info *o) {
    return arena_printf(a, "%s/%s/payment/?order_number=%s", public_url, o->exhibition_code, o->order_number);
}

const char *url_payment(struct arena *a, const char *public_url, const struct order_info *o) {
    return arena_printf(a, "%s/%s/payment/", public_url, o->exhibition_code);
}

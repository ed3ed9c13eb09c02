/* payment_json - the Payment object as Toss writes it (reference, "Payment object"). */
#pragma once
#include "common/json.h"
#include "payment.h"

struct payment_view {
    const char *public_url; /* base of checkout and receipt */
    const char *m_id;
    const struct clock *clock;
    int64_t now;
};
void payment_write(struct json_out *o, const char *key, const struct payment *p, const struct payment_view *v);
/* yyyy-MM-dd'T'HH:mm:ss+09:00; 0: null. */
void put_toss_time(struct json_out *o, const char *key, int64_t ms);

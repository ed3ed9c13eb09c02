/* urls - the pages a payment comes back to. The order's token is not in them: the page keeps it. */
#pragma once
struct arena;
struct order_info;

const char *url_success(struct arena *a, const char *public_url, const struct order_info *o);
const char *url_fail(struct arena *a, const char *public_url, const struct order_info *o);
/* Where the page opens the window itself. */
const char *url_payment(struct arena *a, const char *public_url, const struct order_info *o);

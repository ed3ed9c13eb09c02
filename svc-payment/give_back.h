/* give_back - tickets of an order are given back, by its buyer or by staff: what is under way with the order decides how (product
 * guide, "Cancel and refund"). */
#pragma once
#include "booking.h"
#include "common/db.h"
#include "common/json.h"
#include "provider.h"
#include "quote.h"

struct order_money;
struct worker;

#define GIVE_BACK_MAX_TICKETS 1000

struct give_back {
    const char *kind;              /* "buyer" "staff" */
    const char *reason, *quote_id; /* quote_id NULL: whatever it costs */
    const int64_t *tickets;
    size_t n_tickets; /* 0: all that are left */
    bool waive_fee, has_account;
    struct refund_account account;
    const char *order_number; /* NULL: by its id */
    int64_t order_id;
    /* Set: */
    struct order_info order;
    bool unpaid; /* booking is to cancel it */
    bool begun;  /* there is a refund to go on with */
};

/* Members "reason", "tickets" and "refund_account" of a body. */
void give_back_read(struct json_in *in, struct give_back *g);
/* All of the call but its body, once under its key. */
enum status give_back(struct worker *w, struct bus_req *req, struct give_back *g, struct strbuf *out);
/* May the visitor who calls change this order? A token made before the order's tokens were renewed opens nothing. */
bool give_back_allowed(const struct bus_req *req, const struct order_info *o);
/* What tickets of the order cost now. `out`: why not. */
enum status give_back_quote(struct bus_req *req, struct order_info *o, const struct give_back *g,
                            const struct order_money *money, struct quote *q, struct strbuf *out);

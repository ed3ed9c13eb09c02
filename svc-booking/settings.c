#include "common/settings.h"
#include "committer.h"
#include "config.h"

#define AT(member) offsetof(struct booking_config, member)
#define WORKERS(name, member, def, what)                                                                               \
    { name, SET_INT, AT(member), def, 1, 64, 0, "Threads, each with its own database connection, for " what "." }

const struct setting booking_settings[] = {
    WORKERS("BROWSE_WORKERS", browse_workers, "4", "reading and looking up orders"),
    {"BUS_PUB_LISTEN", SET_TEXT, AT(pub_listen), "127.0.0.1:7102", 3, 256, 0,
     "host:port on which hints are published."},
    WORKERS("CHECKOUT_WORKERS", checkout_workers, "4", "orders and payments"),
    {"COMMIT_LANES", SET_INT, AT(commit_lanes), "2", 1, COMMIT_LANES_MAX, 0,
     "Threads that commit orders in groups; exhibitions are spread over them."},
    WORKERS("INTERNAL_WORKERS", internal_workers, "2", "snapshots and events"),
    {"ORDER_TOKEN_KEY", SET_TEXT, AT(order_token_key), NULL, 32, 512, SET_SECRET | SET_REQUIRED,
     "Key of order tokens, the same as the gateway's."},
    {"PAYMENT_LANES", SET_INT, AT(payment_lanes), "1", 1, COMMIT_LANES_MAX, 0,
     "Threads that commit steps of payments in groups; the fewer, the bigger the groups and the cheaper each step."},
    {"PUBLIC_URL", SET_TEXT, AT(public_url), "http://127.0.0.1:8080", 1, 1024, SET_HTTPS,
     "Address under which visitors reach the site, for links in answers; no trailing slash."},
    WORKERS("STAFF_WORKERS", staff_workers, "4", "calls of the staff"),
};
const size_t booking_n_settings = sizeof booking_settings / sizeof *booking_settings;

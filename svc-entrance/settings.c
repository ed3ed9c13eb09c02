#include "config.h"

#define AT(member) offsetof(struct entrance_config, member)
#define WORKERS(name, member, def, what)                                                                               \
    { name, SET_INT, AT(member), def, 1, 64, 0, "Threads, each with its own database connection, for " what "." }

const struct setting entrance_settings[] = {
    {"BOOKING_ADDR", SET_TEXT, AT(booking_addr), "127.0.0.1:7101", 3, 1024, 0,
     "host:port of svc-booking, several separated by commas; every address of a name is a replica."},
    {"DEVICE_TOKEN_KEY", SET_TEXT, AT(device_token_key), NULL, 32, 512, SET_SECRET | SET_REQUIRED,
     "Key with which tokens of scanners are signed, the same as the gateway's."},
    {"ENTRANCE_KEY", SET_TEXT, AT(entrance_key), NULL, 32, 512, SET_SECRET | SET_REQUIRED,
     "Key under which the keys that sign codes are stored."},
    WORKERS("INTERNAL_WORKERS", internal_workers, "2", "events and refunds"),
    {"ORDER_TOKEN_KEY", SET_TEXT, AT(order_token_key), NULL, 32, 512, SET_SECRET | SET_REQUIRED,
     "Key of order tokens, the same as svc-booking's."},
    WORKERS("SCAN_WORKERS", scan_workers, "4", "scans"),
    WORKERS("STAFF_WORKERS", staff_workers, "4", "calls of the staff and of scanners other than scans"),
    WORKERS("SYNC_WORKERS", sync_workers, "2", "scans that were made offline"),
    WORKERS("VISITOR_WORKERS", visitor_workers, "4", "tickets and their pictures"),
};
const size_t entrance_n_settings = sizeof entrance_settings / sizeof *entrance_settings;

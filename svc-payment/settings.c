#include <string.h>
#include "common/log.h"
#include "common/settings.h"
#include "config.h"

#define AT(member) offsetof(struct payment_config, member)
#define THREADS(name, member, def, max, what)                                                                          \
    { name, SET_INT, AT(member), def, 1, max, 0, "Threads that " what "." }
#define WORKERS(name, member, def, what)                                                                               \
    { name, SET_INT, AT(member), def, 1, 64, 0, "Threads, each with its own database connection, for " what "." }

const struct setting payment_settings[] = {
    {"BOOKING_ADDR", SET_TEXT, AT(booking_addr), "127.0.0.1:7101", 3, 1024, 0,
     "host:port of svc-booking, several separated by commas; every address of a name is a replica."},
    {"BREAKER_FAILURES", SET_INT, AT(breaker_failures), "10", 1, 1000, 0,
     "Failed calls in a row after which Toss is not called for a while."},
    {"BREAKER_OPEN_MS", SET_INT, AT(breaker_open_ms), "2000", 10, 60000, 0,
     "Milliseconds between two tries while Toss is not called."},
    THREADS("CANCEL_THREADS", cancel_threads, "16", 256, "wait for cancels at Toss"),
    THREADS("CONFIRM_THREADS", confirm_threads, "256", 1024, "wait for new payments and confirms at Toss"),
    {"CONFIRM_WAIT_MS", SET_INT, AT(confirm_wait_ms), "10000", 100, 60000, 0,
     "Milliseconds a confirm waits for its outcome before it is answered 202."},
    {"DEPOSIT_POLL_SECONDS", SET_INT, AT(deposit_poll_seconds), "240", 1, 86400, 0,
     "Seconds between two looks at an account that waits for its deposit."},
    {"ENTRANCE_ADDR", SET_TEXT, AT(entrance_addr), "127.0.0.1:7121", 3, 1024, 0,
     "host:port of svc-entrance, several separated by commas; every address of a name is a replica."},
    {"INSTANCE", SET_TEXT, AT(instance), "", 0, 128, 0,
     "Name of this replica in leases, the same after its restart; default: host name and BUS_LISTEN."},
    WORKERS("INTERNAL_WORKERS", internal_workers, "2", "events"),
    THREADS("LOOK_UP_THREADS", look_up_threads, "16", 256, "look payments up at Toss and repeat what failed"),
    {"PAYMENT_ACCOUNT_KEY", SET_TEXT, AT(account_key), NULL, 32, 512, SET_SECRET | SET_REQUIRED,
     "Key under which accounts for refunds are stored."},
    {"PAYMENT_WINDOW_SECONDS", SET_INT, AT(window_seconds), "2700", 1, 86400, 0,
     "Seconds after which a payment that nobody confirmed is given up."},
    WORKERS("PAY_WORKERS", pay_workers, "24", "opening and confirming payments"),
    {"PUBLIC_URL", SET_TEXT, AT(public_url), "http://127.0.0.1:8080", 1, 1024, SET_HTTPS,
     "Address under which visitors reach the site, for the pages Toss returns to; no trailing slash."},
    {"RETRY_FIRST_MS", SET_INT, AT(retry_first_ms), "2000", 10, 60000, 0,
     "Milliseconds before a step that failed is tried again; then 2.5 times as long, 7.5 times, and from there on 30 "
     "times."},
    WORKERS("STAFF_WORKERS", staff_workers, "4", "calls of the staff"),
    {"TOSS_CLIENT_KEY", SET_TEXT, AT(toss_client_key), NULL, 8, 200, SET_REQUIRED,
     "Client key of Toss Payments, for the payment window in the browser."},
    {"TOSS_OPEN", SET_TEXT, AT(toss_open), "server", 6, 7, 0,
     "Who opens the payment window: server (we create the payment) or browser (the page does, with Toss's SDK)."},
    {"TOSS_PAYMENT_URL", SET_TEXT, AT(toss_payment_url), "https://api.tosspayments.com/v1/payments", 8, 200, SET_HTTPS,
     "Address of Toss Payments, with or without /v1/payments."},
    {"TOSS_SECRET_KEY", SET_TEXT, AT(toss_secret_key), NULL, 8, 200, SET_SECRET | SET_REQUIRED,
     "Secret key of Toss Payments."},
    {"TOSS_TIMEOUT_SECONDS", SET_INT, AT(toss_timeout_seconds), "60", 1, 120, 0,
     "Seconds a call to Toss may take; a lease lasts 15 seconds longer."},
    WORKERS("VISITOR_WORKERS", visitor_workers, "4", "reading payments and refunds"),
    WORKERS("WEBHOOK_WORKERS", webhook_workers, "4", "webhooks"),
};
const size_t payment_n_settings = sizeof payment_settings / sizeof *payment_settings;

int payment_check(void *config) {
    struct payment_config *c = config;
    c->open_in_browser = strcmp(c->toss_open, "browser") == 0;
    if (c->open_in_browser || strcmp(c->toss_open, "server") == 0) return 0;
    log_error("setting refused", "setting", "TOSS_OPEN", "reason", "server or browser");
    return -1;
}

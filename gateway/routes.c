/* routes - the table. To add a call: one row here, one op in the service, one path in docs/openapi.yaml. */
#include "routes.h"
#include <stdio.h>
#include "common/daemon.h"
#include "gateway.h"

const struct class_info class_table[CLASS_COUNT] = {
    [CLASS_OPERATION] = {"operation", 1000}, [CLASS_READS] = {"reads", 2000},
    [CLASS_ORDERS] = {"orders", 5000},       [CLASS_LOOKUPS] = {"lookups", 2000},
    [CLASS_PAYMENTS] = {"payments", 13000}, /* svc-payment answers 202 after 10 s */
    [CLASS_WEBHOOKS] = {"webhooks", 5000},  /* Toss hangs up after 10 s */
    [CLASS_STAFF] = {"staff", 5000},         [CLASS_LOGINS] = {"logins", 5000},
    [CLASS_EXPORTS] = {"exports", 5000}, /* a page */
    [CLASS_LIVE] = {"live", 2000},           [CLASS_SCANS] = {"scans", 3000},
    [CLASS_FILES] = {"files", 1000},
};

#define KIB 1024
#define REVALIDATE "no-cache"

/* clang-format off */
#define SNAPSHOT(path_, source_, query_) \
    {METHOD_GET, path_, KIND_SNAPSHOT, CLASS_READS, .query = (query_), .source = (source_), .cache = REVALIDATE}
#define CALL(method_, path_, class_, service_, op_, lane_, ...) \
    {METHOD_##method_, path_, KIND_CALL, CLASS_##class_, .service = (service_), .op = (op_), .lane = (lane_), __VA_ARGS__}
#define VISITOR(method_, path_, class_, service_, op_, lane_, ...) \
    CALL(method_, path_, class_, service_, op_, lane_, .query = "", __VA_ARGS__)
#define STAFF(method_, path_, service_, op_, query_, body_) \
    CALL(method_, path_, STAFF, service_, op_, "staff", .who = WHO_STAFF, .query = (query_), .body = (body_))
#define ACCOUNT(method_, path_, class_, op_, lane_, query_, body_) \
    CALL(method_, path_, class_, "admin", op_, lane_, .who = WHO_STAFF, .query = (query_), .body = (body_))
#define GATE(method_, path_, op_, lane_, query_, body_) \
    CALL(method_, path_, SCANS, "entrance", op_, lane_, .who = WHO_GATE, .query = (query_), .body = (body_))
#define PICTURE(path_, format_) \
    VISITOR(GET, path_, READS, "entrance", "ticket.qr", "visitor", .format = (format_), .cache = "private, no-store", \
            .header = "X-Order-Token", .header_param = "order_token")
#define DOCUMENT(path_, source_) \
    {METHOD_GET, path_, KIND_FILE, CLASS_FILES, .source = (source_), .cache = REVALIDATE}
#define RESERVED(path_) {METHOD_GET, path_, .kind = KIND_NOTHING}
#define OWN(path_, own_) {METHOD_GET, path_, KIND_OWN, CLASS_OPERATION, .own = (own_)}

#define ORDER_FILTERS "exhibition,status,payment_status,date_from,date_to,q,sort"
#define FIGURE_FILTERS "exhibition,interval,date_from,date_to"

static const struct also order_parts[] = {
    {"payment",  "order.history", "staff", "payments"},
    {"entrance", "order.history", "staff", "scans"},
    {"notify",   "order.history", "staff", "messages"},
    {0},
};

const struct route route_table[] = {
    /* the catalogue, from memory */
    SNAPSHOT("/api/exhibitions",                "exhibitions",  ""),
    SNAPSHOT("/api/exhibitions/:code",          "exhibition/:", ""),
    SNAPSHOT("/api/exhibitions/:code/products", "products/:",   ""),
    SNAPSHOT("/api/exhibitions/:code/slots",    "slots/:",      "date,month"),

    /* visitors' orders */
    VISITOR(POST, "/api/orders",               ORDERS,  "booking", "order.create", "order",   .body = 512 * KIB, .per_phone = true),
    VISITOR(POST, "/api/orders/lookup",        LOOKUPS, "booking", "order.lookup", "visitor", .body = 4 * KIB, .per_phone = true),
    VISITOR(GET,  "/api/orders/:order_number", READS,   "booking", "order.get",    "visitor", .token = TOKEN_OPTIONAL),

    /* their money: a class and lanes of its own, so that a provider who hangs holds up nobody who orders */
    CALL(GET, "/api/orders/:order_number/refund-quote", READS, "payment", "refund.quote", "visitor", .query = "tickets", .token = TOKEN_MANAGING),
    VISITOR(POST, "/api/orders/:order_number/cancel", PAYMENTS, "payment", "order.cancel", "visitor", .body = 16 * KIB, .token = TOKEN_MANAGING),
    VISITOR(POST, "/api/payments/initialize",    PAYMENTS, "payment", "payment.initialize", "pay",     .body = 16 * KIB),
    VISITOR(POST, "/api/payments/confirm",       PAYMENTS, "payment", "payment.confirm",    "pay",     .body = 16 * KIB),
    VISITOR(POST, "/api/payments/webhook",       WEBHOOKS, "payment", "payment.webhook",    "webhook", .body = 64 * KIB, .who = WHO_PROVIDER,
            .header = "Tosspayments-Webhook-Transmission-Id", .header_param = "transmission_id"),
    VISITOR(GET,  "/api/payments/:order_number", READS,    "payment", "payment.get",        "visitor", .token = TOKEN_VIEWING),

    /* their tickets */
    VISITOR(GET, "/api/orders/:order_number/tickets", READS, "entrance", "ticket.list", "visitor", .token = TOKEN_VIEWING),
    PICTURE("/api/tickets/:id/qr.svg", "svg"), /* the token names the order that only the service knows: it checks it */
    PICTURE("/api/tickets/:id/qr.png", "png"),

    /* the gate: enrolled devices, and staff */
    GATE(POST, "/api/entrance/scan",     "scan",           "scan",  "", 8 * KIB),
    GATE(POST, "/api/entrance/sync",     "sync",           "sync",  "", 128 * KIB),
    GATE(GET,  "/api/entrance/keys",     "entrance.keys",  "staff", "", 0),
    GATE(GET,  "/api/entrance/manifest", "manifest",       "staff", "exhibition,date,cursor", 0),
    GATE(GET,  "/api/entrance/stats",    "entrance.stats", "staff", "exhibition,date", 0),
    STAFF(POST,   "/api/entrance/undo",        "entrance", "scan.undo",     "", 4 * KIB),
    STAFF(POST,   "/api/entrance/reissue",     "entrance", "code.reissue",  "", 4 * KIB),
    STAFF(GET,    "/api/entrance/devices",     "entrance", "device.list",   "exhibition", 0),
    CALL(POST,    "/api/entrance/devices", STAFF, "entrance", "device.create", "staff", .who = WHO_NEWCOMER, .query = "", .body = 4 * KIB),
    STAFF(DELETE, "/api/entrance/devices/:id", "entrance", "device.delete", "", 0),

    /* staff: accounts and sessions */
    {METHOD_POST, "/api/admin/login",   KIND_SESSION, CLASS_LOGINS, WHO_SIGNING_IN, .query = "", .service = "admin", .op = "login",   .lane = "login", .body = 4 * KIB},
    {METHOD_POST, "/api/admin/refresh", KIND_SESSION, CLASS_STAFF,  WHO_SIGNING_IN, .query = "", .service = "admin", .op = "refresh", .lane = "staff"},
    {METHOD_POST, "/api/admin/logout",  KIND_SESSION, CLASS_STAFF,  WHO_SIGNING_OUT, .query = "", .service = "admin", .op = "logout",  .lane = "staff"},
    ACCOUNT(PUT,    "/api/admin/password",     LOGINS, "password.change", "login", "", 4 * KIB),
    ACCOUNT(POST,   "/api/admin/otp",          LOGINS, "otp.create",      "login", "", 4 * KIB),
    ACCOUNT(DELETE, "/api/admin/otp",          LOGINS, "otp.delete",      "login", "", 4 * KIB),
    ACCOUNT(GET,    "/api/admin/sessions",     STAFF,  "session.list",    "staff", "user", 0),
    ACCOUNT(DELETE, "/api/admin/sessions",     STAFF,  "session.delete",  "staff", "", 0),
    ACCOUNT(DELETE, "/api/admin/sessions/:id", STAFF,  "session.delete",  "staff", "", 0),
    ACCOUNT(GET,    "/api/admin/users",        STAFF,  "user.list",       "staff", "exhibition,role,cursor,limit", 0),
    ACCOUNT(POST,   "/api/admin/users",        LOGINS, "user.create",     "login", "", 16 * KIB),
    ACCOUNT(PUT,    "/api/admin/users/:id",    LOGINS, "user.update",     "login", "", 16 * KIB),
    ACCOUNT(DELETE, "/api/admin/users/:id",    STAFF,  "user.delete",     "staff", "", 0),

    /* staff: figures, what was done, what is erased */
    ACCOUNT(GET,  "/api/admin/dashboard", STAFF, "dashboard.get",  "figures", FIGURE_FILTERS, 0),
    {METHOD_GET,  "/api/admin/live",      KIND_EVENTS, CLASS_LIVE, WHO_STAFF, .query = FIGURE_FILTERS, .service = "admin",
     .op = "dashboard.get", .lane = "figures", .source = "figures"},
    ACCOUNT(GET,  "/api/admin/audit",     STAFF, "audit.list",     "staff",   "exhibition,user,action,entity,date_from,date_to,cursor,limit", 0),
    ACCOUNT(GET,  "/api/admin/retention", STAFF, "retention.list", "staff",   "cursor,limit", 0),
    ACCOUNT(POST, "/api/admin/retention", STAFF, "retention.run",  "staff",   "", 4 * KIB),

    /* staff: exhibitions and orders; who may do what is the table common/rights.c */
    STAFF(GET,    "/api/admin/exhibitions",     "booking", "exhibition.list",   "cursor,limit", 0),
    STAFF(POST,   "/api/admin/exhibitions",     "booking", "exhibition.create", "", 256 * KIB),
    STAFF(GET,    "/api/admin/exhibitions/:id", "booking", "exhibition.get",    "", 0),
    STAFF(PUT,    "/api/admin/exhibitions/:id", "booking", "exhibition.update", "", 256 * KIB),
    STAFF(DELETE, "/api/admin/exhibitions/:id", "booking", "exhibition.delete", "", 0),
    STAFF(GET,    "/api/admin/products",        "booking", "product.list",      "exhibition,cursor,limit", 0),
    STAFF(POST,   "/api/admin/products",        "booking", "product.create",    "", 64 * KIB),
    STAFF(PUT,    "/api/admin/products/:id",    "booking", "product.update",    "", 64 * KIB),
    STAFF(DELETE, "/api/admin/products/:id",    "booking", "product.delete",    "", 0),
    STAFF(GET,    "/api/admin/slots",           "booking", "slot.list",         "exhibition,date,month,date_from,date_to,cursor,limit", 0),
    STAFF(POST,   "/api/admin/slots",           "booking", "slot.create",       "", 256 * KIB),
    STAFF(PUT,    "/api/admin/slots/:id",       "booking", "slot.update",       "", 64 * KIB),
    STAFF(DELETE, "/api/admin/slots/:id",       "booking", "slot.delete",       "", 0),
    STAFF(GET,    "/api/admin/orders",          "booking", "order.list",        ORDER_FILTERS ",cursor,limit", 0),
    {METHOD_GET,  "/api/admin/orders/export",   KIND_EXPORT, CLASS_EXPORTS, WHO_STAFF, .query = ORDER_FILTERS ",format",
     .service = "booking", .op = "order.export", .lane = "staff", .source = "orders"},
    CALL(GET,     "/api/admin/orders/:id", STAFF, "booking", "order.detail", "staff", .who = WHO_STAFF, .query = "",
         .also = order_parts, .also_by = "order_number"),
    STAFF(PATCH,  "/api/admin/orders/:id",      "payment", "order.patch",       "", 16 * KIB),
    STAFF(POST,   "/api/admin/orders/:id/reveal", "booking", "order.reveal",    "", 4 * KIB),
    STAFF(GET,    "/api/admin/payments/stuck",  "payment", "payments.stuck",    "cursor,limit", 0),
    STAFF(GET,    "/api/admin/reconciliation",  "payment", "reconciliation.get", "date", 0),
    STAFF(GET,    "/api/admin/notifications",   "notify",  "notification.list",  "exhibition,state,q,cursor,limit", 0),
    STAFF(POST,   "/api/admin/notifications/:id/resend", "notify", "notification.resend", "", 4 * KIB),

    /* operation and documentation */
    OWN("/healthz", serve_healthz),
    OWN("/readyz",  serve_readyz),
    DOCUMENT("/openapi.yaml",    "openapi.yaml"),
    DOCUMENT("/docs",            "viewer/index.html"),
    DOCUMENT("/docs/",           "viewer/index.html"),
    DOCUMENT("/docs/viewer.js",  "viewer/viewer.js"),
    DOCUMENT("/docs/dist/:file", "viewer/node_modules/swagger-ui-dist/:"),

    /* whatever else these names hold is not there; everything else is a page */
    RESERVED("/api/*"),
    RESERVED("/docs/*"),
    RESERVED("/metrics"),
    {METHOD_GET, "/*", KIND_PAGES, .class = CLASS_FILES, .cache = REVALIDATE},
};
/* clang-format on */
const size_t route_count = sizeof route_table / sizeof route_table[0];

static const char *const who_names[] = {
    [WHO_ANYBODY] = "anybody",   [WHO_STAFF] = "staff",           [WHO_GATE] = "staff, device",
    [WHO_NEWCOMER] = "newcomer", [WHO_SIGNING_IN] = "signing in", [WHO_SIGNING_OUT] = "signing out",
    [WHO_PROVIDER] = "provider",
};

void routes_print(const struct daemon_spec *spec) {
    puts("| method | path | who | service | op | class |\n| --- | --- | --- | --- | --- | --- |");
    for (const struct route *r = route_table; r < route_table + route_count; r++)
        if (r->kind != KIND_NOTHING)
            printf("| %s | `%s` | %s | %s | %s | %s |\n", method_name(r->method), r->pattern, who_names[r->who],
                   r->service != NULL ? r->service : spec->service, r->op != NULL ? r->op : "",
                   class_table[r->class].name);
}

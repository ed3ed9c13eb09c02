/* settings - the gateway's, sorted by name. A limit of 0 a minute is no limit; a burst is what may come at once after a rest. */
#include "common/settings.h"
#include "gateway.h"

#define AT(member) offsetof(struct config, member)
#define TEXT(name, member, def, longest, help)                                                                         \
    { name, SET_TEXT, AT(member), def, 0, longest, 0, help }
#define SECRET(name, member, shortest, help)                                                                           \
    { name, SET_TEXT, AT(member), NULL, shortest, 512, SET_SECRET | SET_REQUIRED, help }
#define NUMBER(name, member, def, min, max, help)                                                                      \
    { name, SET_INT, AT(member), def, min, max, 0, help }
#define SWITCH(name, member, def, help)                                                                                \
    { name, SET_BOOL, AT(member), def, 0, 0, 0, help }
#define SHARE(name, class, def, what)                                                                                  \
    NUMBER(name, in_flight[class], def, 1, 100, "Share of GATEWAY_THREADS that " what " may hold at once, percent.")
#define BURST(name, offset, def, what)                                                                                 \
    { name, SET_INT, offset, def, 1, 100000, 0, "Burst of " what "." }
#define RATE(name, offset, def, what)                                                                                  \
    { name, SET_INT, offset, def, 0, 1000000, 0, "A minute: " what "." }

/* clang-format off */
const struct setting settings_table[] = {
    TEXT("ADMIN_ADDR", admin_addr, "127.0.0.1:7141", 1024, "Bus addresses of svc-admin, like BOOKING_ADDR."),
    TEXT("ALGORITHM", algorithm, "HS256", 16, "Algorithm of staff tokens; only HS256 is known."),
    TEXT("BOOKING_ADDR", booking_addr, "127.0.0.1:7101", 1024, "Bus addresses of svc-booking, host:port joined by commas; every address of a name is a replica."),
    TEXT("BOOKING_PUB_ADDR", booking_pub_addr, "127.0.0.1:7102", 1024, "Where svc-booking publishes hints, host:port joined by commas."),
    {"CORS_ORIGINS", SET_TEXT, AT(cors_origins), "", 0, 4096, SET_HTTPS, "Origins of other sites that may call, joined by commas without spaces; compared letter by letter."},
    SECRET("DEVICE_TOKEN_KEY", device_token_key, 32, "Key of the tokens of devices at the gate, the same as svc-entrance's."),
    TEXT("DOCS_ROOT", docs_root, "docs", 1024, "Folder of openapi.yaml and its viewer; empty: not served."),
    TEXT("ENTRANCE_ADDR", entrance_addr, "127.0.0.1:7121", 1024, "Bus addresses of svc-entrance, like BOOKING_ADDR."),
    SWITCH("GATEWAY_ACCESS_LOG", access_log, "on", "One line of log per request."),
    NUMBER("GATEWAY_BACKLOG", backlog, "4096", 16, 65535, "Connections the kernel holds until they are accepted."),
    NUMBER("GATEWAY_BODY_TIMEOUT_MS", body_timeout_ms, "10000", 100, 60000, "Milliseconds a whole request body may take."),
    NUMBER("GATEWAY_EXPORTS", at_once[CLASS_EXPORTS], "2", 1, 64, "Exports written at once."),
    NUMBER("GATEWAY_EXPORT_REST_PERCENT", export_rest_percent, "150", 0, 1000, "Rest after each page of an export, percent of the time the page took: a sale goes first."),
    NUMBER("GATEWAY_KEEP_ALIVE_MS", keep_alive_ms, "5000", 100, 120000, "Milliseconds an idle connection is kept; longer behind a proxy."),
    TEXT("GATEWAY_LISTEN", listen, "127.0.0.1:8080", 64, "Where HTTP is served, host:port."),
    NUMBER("GATEWAY_LIVE_CONNECTIONS", at_once[CLASS_LIVE], "32", 1, 1000, "Streams of live figures at once, a thread each."),
    NUMBER("GATEWAY_PER_ADDRESS", per_address, "256", 1, 65535, "Connections of one address, idle ones too; of addresses behind trusted proxies, their requests under way."),
    SWITCH("GATEWAY_RATE_LIMITS", rate_limits, "on", "All limits per address and phone; off only for load tests."),
    NUMBER("GATEWAY_REQUEST_TIMEOUT_MS", request_timeout_ms, "10000", 100, 60000, "Milliseconds for the head of a request and for each write."),
    NUMBER("GATEWAY_THREADS", threads, "1024", 4, 20000, "Connections served at once, a thread each: 1.2 times the connections promised. How many are: metric http_connections."),
    TEXT("GATEWAY_TRUSTED_PROXIES", trusted_proxies, "", 4096, "Networks (CIDR, joined by commas) whose X-Forwarded-For and X-Forwarded-Proto count."),
    SHARE("INFLIGHT_FILES_PERCENT", CLASS_FILES, "25", "pages and documents"),
    SHARE("INFLIGHT_LOGINS_PERCENT", CLASS_LOGINS, "12", "logins and changes of passwords"),
    SHARE("INFLIGHT_LOOKUPS_PERCENT", CLASS_LOOKUPS, "12", "guest look-ups"),
    SHARE("INFLIGHT_ORDERS_PERCENT", CLASS_ORDERS, "80", "orders"),
    SHARE("INFLIGHT_PAYMENTS_PERCENT", CLASS_PAYMENTS, "40", "payments and cancelling, which may wait for the provider,"),
    SHARE("INFLIGHT_READS_PERCENT", CLASS_READS, "80", "catalogue and order reads"),
    SHARE("INFLIGHT_SCANS_PERCENT", CLASS_SCANS, "25", "calls of gates"),
    SHARE("INFLIGHT_STAFF_PERCENT", CLASS_STAFF, "12", "staff calls"),
    SHARE("INFLIGHT_WEBHOOKS_PERCENT", CLASS_WEBHOOKS, "12", "webhooks"),
    BURST("LIMIT_EXPORTS_BURST", AT(by_address[CLASS_EXPORTS].burst), "10", "exports of one address"),
    RATE("LIMIT_EXPORTS_PER_MINUTE", AT(by_address[CLASS_EXPORTS].per_minute), "10", "exports of one address"),
    BURST("LIMIT_FILES_BURST", AT(by_address[CLASS_FILES].burst), "600", "pages and documents of one address"),
    RATE("LIMIT_FILES_PER_MINUTE", AT(by_address[CLASS_FILES].per_minute), "3000", "pages and documents of one address"),
    BURST("LIMIT_LIVE_BURST", AT(by_address[CLASS_LIVE].burst), "60", "live figures of one address, begun"),
    RATE("LIMIT_LIVE_PER_MINUTE", AT(by_address[CLASS_LIVE].per_minute), "120", "live figures of one address, begun"),
    BURST("LIMIT_LOGINS_BURST", AT(by_address[CLASS_LOGINS].burst), "60", "logins of one address, which all of an exhibition's staff may share in the morning"),
    RATE("LIMIT_LOGINS_PER_MINUTE", AT(by_address[CLASS_LOGINS].per_minute), "60", "logins of one address"),
    BURST("LIMIT_LOOKUPS_BURST", AT(by_address[CLASS_LOOKUPS].burst), "10", "guest look-ups of one address"),
    RATE("LIMIT_LOOKUPS_PER_MINUTE", AT(by_address[CLASS_LOOKUPS].per_minute), "20", "guest look-ups of one address"),
    BURST("LIMIT_LOOKUPS_PHONE_BURST", AT(by_phone[CLASS_LOOKUPS].burst), "5", "guest look-ups with one phone"),
    RATE("LIMIT_LOOKUPS_PHONE_PER_MINUTE", AT(by_phone[CLASS_LOOKUPS].per_minute), "5", "guest look-ups with one phone"),
    BURST("LIMIT_ORDERS_BURST", AT(by_address[CLASS_ORDERS].burst), "60", "orders of one address, which an office or a mobile network may share"),
    RATE("LIMIT_ORDERS_PER_MINUTE", AT(by_address[CLASS_ORDERS].per_minute), "120", "orders of one address"),
    BURST("LIMIT_ORDERS_PHONE_BURST", AT(by_phone[CLASS_ORDERS].burst), "5", "orders with one phone"),
    RATE("LIMIT_ORDERS_PHONE_PER_MINUTE", AT(by_phone[CLASS_ORDERS].per_minute), "10", "orders with one phone"),
    BURST("LIMIT_PAYMENTS_BURST", AT(by_address[CLASS_PAYMENTS].burst), "120", "payments and cancelling of one address, two or three calls for a purchase"),
    RATE("LIMIT_PAYMENTS_PER_MINUTE", AT(by_address[CLASS_PAYMENTS].per_minute), "240", "payments and cancelling of one address"),
    BURST("LIMIT_READS_BURST", AT(by_address[CLASS_READS].burst), "300", "catalogue and order reads of one address"),
    RATE("LIMIT_READS_PER_MINUTE", AT(by_address[CLASS_READS].per_minute), "1200", "catalogue and order reads of one address"),
    BURST("LIMIT_SCANS_BURST", AT(by_address[CLASS_SCANS].burst), "3000", "calls of the gates of one address, which a whole exhibition may share"),
    RATE("LIMIT_SCANS_PER_MINUTE", AT(by_address[CLASS_SCANS].per_minute), "30000", "calls of the gates of one address"),
    BURST("LIMIT_STAFF_BURST", AT(by_address[CLASS_STAFF].burst), "300", "staff calls of one address"),
    RATE("LIMIT_STAFF_PER_MINUTE", AT(by_address[CLASS_STAFF].per_minute), "1200", "staff calls of one address"),
    BURST("LIMIT_WEBHOOKS_BURST", AT(by_address[CLASS_WEBHOOKS].burst), "3000", "webhooks of one address, of which the provider has ten"),
    RATE("LIMIT_WEBHOOKS_PER_MINUTE", AT(by_address[CLASS_WEBHOOKS].per_minute), "30000", "webhooks of one address"),
    TEXT("NOTIFY_ADDR", notify_addr, "127.0.0.1:7131", 1024, "Bus addresses of svc-notify, like BOOKING_ADDR."),
    SECRET("ORDER_TOKEN_KEY", order_token_key, 32, "Key of order tokens, the same as svc-booking's."),
    TEXT("PAYMENT_ADDR", payment_addr, "127.0.0.1:7111", 1024, "Bus addresses of svc-payment, like BOOKING_ADDR."),
    {"PUBLIC_URL", SET_TEXT, AT(public_url), "", 0, 1024, SET_HTTPS, "Address of the site, whose pages may write by cookie; empty: only pages of the host that was asked."},
    SECRET("SECRET_KEY", secret_key, 32, "Key of staff tokens."),
    TEXT("TMPDIR", tmp_dir, "/tmp", 1000, "Folder of temporary files, up to 512 MiB for each export as XLSX; they have no names there."),
    TEXT("TOSS_WEBHOOK_SOURCES", webhook_sources, "", 4096, "Networks (CIDR, joined by commas) that webhooks may come from; empty: from anywhere."),
    TEXT("WEB_ROOT", web_root, "", 1024, "Folder of the exported web pages; empty: not served."),
};
/* clang-format on */
const size_t settings_count = sizeof settings_table / sizeof settings_table[0];

#include "common/settings.h"
#include "config.h"

#define AT(member) offsetof(struct notify_config, member)
#define WORKERS(name, member, def, what)                                                                               \
    { name, SET_INT, AT(member), def, 1, 64, 0, "Threads, each with its own database connection, for " what "." }

const struct setting notify_settings[] = {
    {"ALIMTALK_APP_KEY", SET_TEXT, AT(app_key), "", 0, 200, 0,
     "Whom the provider takes us for: the app key of NHN Cloud, the client id of Kakao i."},
    {"ALIMTALK_BASE_URL", SET_TEXT, AT(base_url), "", 0, 200, SET_HTTPS,
     "Address of the provider without a trailing slash; default: its public one."},
    {"ALIMTALK_BASIC_BASE64", SET_BOOL, AT(basic_base64), "off", 0, 0, 0,
     "Kakao i: credentials go in base64, as RFC 7617 has it, instead of as two bare words; by contract."},
    {"ALIMTALK_PROVIDER", SET_TEXT, AT(provider), "nhn", 2, 20, 0,
     "Who carries our messages: nhn, kakaoi, or off (messages wait)."},
    {"ALIMTALK_SECRET_KEY", SET_TEXT, AT(secret_key), "", 0, 200, SET_SECRET,
     "The secret that belongs to ALIMTALK_APP_KEY."},
    {"ALIMTALK_SMS_SENDER", SET_TEXT, AT(sms_sender), "", 0, 15, 0,
     "Registered number from which a text message is sent to whom Alimtalk does not reach; empty: none is sent."},
    {"ALIMTALK_TIMEOUT_SECONDS", SET_INT, AT(timeout_seconds), "10", 1, 60, 0,
     "Seconds a call to the provider may take; a lease lasts 15 seconds longer."},
    {"BOOKING_ADDR", SET_TEXT, AT(booking_addr), "127.0.0.1:7101", 3, 1024, 0,
     "host:port of svc-booking, several separated by commas; every address of a name is a replica."},
    {"FEED_SECONDS", SET_INT, AT(feed_seconds), "30", 1, 3600, 0,
     "Seconds between two looks at what became of the messages the provider took."},
    {"INSTANCE", SET_TEXT, AT(instance), "", 0, 128, 0,
     "Name of this replica in leases, the same after its restart; default: host name and BUS_LISTEN."},
    WORKERS("INTERNAL_WORKERS", internal_workers, "1", "events"),
    {"KAKAO_REST_API_KEY", SET_TEXT, AT(rest_api_key), "", 0, 200, SET_SECRET,
     "Another name of ALIMTALK_SECRET_KEY, used where that is empty; a key of Kakao Developers sends no Alimtalk."},
    {"KAKAO_SENDER_KEY", SET_TEXT, AT(sender_key), "", 0, 100, 0,
     "Sender key of the KakaoTalk channel, 40 characters, as registered at the provider."},
    {"NOTIFY_LOOK_UP_MS", SET_INT, AT(look_up_ms), "5000", 100, 600000, 0,
     "Milliseconds between two look-ups of a message that may or may not have been taken; after two in vain it is sent "
     "again."},
    {"NOTIFY_RATE", SET_INT, AT(rate), "10", 1, 1000, 0,
     "Requests a second this replica sends to the provider at most; a fifth is kept for tickets and refunds."},
    {"NOTIFY_REST_MS", SET_INT, AT(rest_ms), "60000", 100, 3600000, 0,
     "Milliseconds between two looks whether the operator has repaired a template or our account at the provider."},
    {"NOTIFY_RETRY_FIRST_MS", SET_INT, AT(retry_first_ms), "10000", 10, 600000, 0,
     "Milliseconds before a message the provider did not take is sent again; then 6, 30 and 180 times as long."},
    {"NOTIFY_THREADS", SET_INT, AT(send_threads), "4", 2, 64, 0,
     "Threads that send, each with its own database connection; the first takes tickets and refunds only."},
    {"ORDER_TOKEN_KEY", SET_TEXT, AT(order_token_key), NULL, 32, 512, SET_SECRET | SET_REQUIRED,
     "Key of order tokens, the same as svc-booking's: for the links in messages."},
    {"PAYMENT_ADDR", SET_TEXT, AT(payment_addr), "127.0.0.1:7111", 3, 1024, 0,
     "Bus addresses of svc-payment, like BOOKING_ADDR."},
    {"PUBLIC_URL", SET_TEXT, AT(public_url), "http://127.0.0.1:8080", 8, 100, SET_HTTPS,
     "Address under which visitors reach the site, for the links in messages; no trailing slash."},
    {"RESULT_AFTER_SECONDS", SET_INT, AT(result_after_seconds), "600", 1, 86400, 0,
     "Seconds after which a message without a result is looked up on its own."},
    {"RESULT_LOST_HOURS", SET_INT, AT(result_lost_hours), "72", 1, 720, 0,
     "Hours after which a message without a result counts as lost."},
    WORKERS("STAFF_WORKERS", staff_workers, "2", "calls of the staff"),
};
const size_t notify_n_settings = sizeof notify_settings / sizeof *notify_settings;

/* settings - the sandbox's, sorted by name. */
#include <stdlib.h>
#include <string.h>
#include "common/log.h"
#include "common/settings.h"
#include "codes.h"
#include "sandbox.h"
#include "shops.h"

#define AT(member) offsetof(struct config, member)
#define TEXT(name, member, def, longest, help)                                                                         \
    { name, SET_TEXT, AT(member), def, 0, longest, 0, help }
#define NUMBER(name, member, def, min, max, help)                                                                      \
    { name, SET_INT, AT(member), def, min, max, 0, help }
#define SWITCH(name, member, def, help)                                                                                \
    { name, SET_BOOL, AT(member), def, 0, 0, 0, help }

/* clang-format off */
const struct setting settings_table[] = {
    {"ALIMTALK_APP_KEY", SET_TEXT, AT(app_key), "sandbox-app-key", 1, 200, 0, "Whom the two providers of messages know: the app key at NHN Cloud, the client id at Kakao i."},
    {"ALIMTALK_SECRET_KEY", SET_TEXT, AT(alimtalk_secret), "sandbox-secret-key", 1, 200, SET_SECRET, "The secret that belongs to ALIMTALK_APP_KEY."},
    TEXT("ALIMTALK_SMS_SENDER", sms_sender, "", 15, "The number registered as sender of text messages; empty: any number is."),
    {"KAKAO_SENDER_KEY", SET_TEXT, AT(sender_key), "0123456789abcdef0123456789abcdef01234567", 1, 40, 0, "Sender key of the one channel that exists."},
    TEXT("PUBLIC_URL", shop_url, "http://127.0.0.1:8080", 1024, "Address of the shop; its scheme is that of the links in approved templates."),
    TEXT("SANDBOX_AMOUNT_MISMATCH", amount_mismatch, "INVALID_REQUEST", 64, "Code with which a confirm of another amount is refused; Toss does not document its own."),
    NUMBER("SANDBOX_LATENCY_MS", latency_ms, "0", 0, 60000, "Milliseconds that each call of a company that is played takes."),
    TEXT("SANDBOX_LISTEN", listen, "127.0.0.1:8090", 64, "Where HTTP is served, host:port."),
    NUMBER("SANDBOX_MAX_MESSAGES", max_messages, "50000", 10, 1000000, "Messages kept; the oldest give way."),
    NUMBER("SANDBOX_MAX_PAYMENTS", max_payments, "50000", 10, 5000000, "Payments kept, and as many answers under idempotency keys; the oldest ended ones give way."),
    SWITCH("SANDBOX_NEGATIVE_CANCELS", negative_cancels, "off", "Cancels have negative amounts in the list of transactions; Toss does not document the sign."),
    TEXT("SANDBOX_PUBLIC_URL", public_url, "http://127.0.0.1:8090", 1024, "Address of the sandbox in links to its checkout page; no trailing slash."),
    NUMBER("SANDBOX_RESULT_MS", result_ms, "5000", 1, 3600000, "Milliseconds that the result of a message takes once it was handed over: at random, from 200 up to this."),
    TEXT("SANDBOX_STATE", state, "", 4096, "File that keeps payments and messages over a restart; empty: they are forgotten."),
    NUMBER("SANDBOX_THREADS", threads, "256", 4, 10000, "Connections served at once, a thread each."),
    NUMBER("SANDBOX_TIME_SCALE", time_scale, "1", 1, 1000000, "Divides all time limits: payment window, confirm, deposit, re-sends, idempotency keys."),
    NUMBER("SANDBOX_TOKEN_SECONDS", token_seconds, "21600", 1, 21600, "Seconds that an access token of Kakao i lives."),
    {"TOSS_CLIENT_KEY", SET_TEXT, AT(client_keys), "test_ck_sandbox", 1, 2048, SET_SECRET, "Client keys accepted, joined by commas, test_ck_ only; in the order of TOSS_SECRET_KEY."},
    {"TOSS_SECRET_KEY", SET_TEXT, AT(secret_keys), "test_sk_sandbox", 1, 2048, SET_SECRET, "Secret keys accepted, joined by commas, test_sk_ only; each is a shop of its own."},
    SWITCH("WEBHOOK_DEPOSIT_CALLBACK", webhook_deposit, "on", "The shop has registered DEPOSIT_CALLBACK."),
    SWITCH("WEBHOOK_NEW_IDS", webhook_new_ids, "off", "Each re-send of a webhook has a transmission id of its own; Toss does not document which."),
    NUMBER("WEBHOOK_QUEUE", webhook_queue, "20000", 10, 1000000, "Webhooks known at once; when all of them wait, new ones are lost."),
    SWITCH("WEBHOOK_STATUS_CHANGED", webhook_status, "on", "The shop has registered PAYMENT_STATUS_CHANGED."),
    NUMBER("WEBHOOK_THREADS", webhook_threads, "16", 1, 256, "Webhooks sent at once."),
    TEXT("WEBHOOK_URL", webhook_url, "", 1024, "Where webhooks are sent; empty: nowhere."),
};
/* clang-format on */
const size_t settings_count = sizeof settings_table / sizeof settings_table[0];

static int refuse(const char *setting, const char *reason) {
    log_error("setting refused", "setting", setting, "reason", reason);
    return -1;
}

int settings_check(void *config) {
    const struct config *c = config;
    if (settings_production()) return refuse("ENV", "the sandbox is never for production");
    if (code_find(c->amount_mismatch) == NULL) return refuse("SANDBOX_AMOUNT_MISMATCH", "no such code");
    struct shops *s = shops_open(c->secret_keys, c->client_keys);
    if (s == NULL) return -1;
    shops_close(&s);
    return 0;
}

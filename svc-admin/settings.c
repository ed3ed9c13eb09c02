#include "config.h"
#include <string.h>
#include "account.h"
#include "common/log.h"
#include "common/settings.h"

#define AT(member) offsetof(struct admin_config, member)
#define ADDRESS(name, member, def, who)                                                                                \
    { name, SET_TEXT, AT(member), def, 3, 1024, 0, "Bus addresses of " who ", host:port separated by commas." }
#define WORKERS(name, member, def, what)                                                                               \
    { name, SET_INT, AT(member), def, 1, 64, 0, "Threads, each with its own database connection, for " what "." }

const struct setting admin_settings[] = {
    {"ACCESS_TOKEN_EXPIRE_MINUTES", SET_INT, AT(access_token_minutes), "30", 1, 1440, 0,
     "Minutes an access token of the staff is good for; then its session makes a new one."},
    {"ADMIN_INITIAL_PASSWORD", SET_TEXT, AT(initial_password), "", 0, 128, SET_SECRET,
     "Password of the first account, admin, made when there is none."},
    {"ADMIN_KEY", SET_TEXT, AT(admin_key), NULL, 32, 512, SET_SECRET | SET_REQUIRED,
     "Key of refresh tokens, and of the secrets of second factors at rest."},
    {"AUDIT_TEXT_DAYS", SET_INT, AT(audit_text_days), "730", 1, 36500, 0,
     "Days for which the log of audit keeps what people wrote and what they changed; who did what when stays."},
    ADDRESS("BOOKING_ADDR", booking_addr, "127.0.0.1:7101", "svc-booking"),
    {"CONTRACT_YEARS", SET_INT, AT(contract_years), "5", 1, 100, 0,
     "Years after its exhibition for which is kept who bought and was given money back; then only the books stay."},
    ADDRESS("ENTRANCE_ADDR", entrance_addr, "127.0.0.1:7121", "svc-entrance"),
    WORKERS("FIGURES_WORKERS", figures_workers, "2", "the dashboard"),
    {"HASH_THREADS", SET_INT, AT(hash_threads), "0", 0, 64, 0,
     "Passwords hashed at once, 16 MiB and 40 ms of a core each; 0: one for every two cores."},
    WORKERS("INTERNAL_WORKERS", internal_workers, "2", "other daemons"),
    ADDRESS("NOTIFY_ADDR", notify_addr, "127.0.0.1:7131", "svc-notify"),
    {"OTP_ROLES", SET_TEXT, AT(otp_roles), "", 0, 200, 0,
     "Roles that must use a second factor, joined by commas: superadmin,manager."},
    ADDRESS("PAYMENT_ADDR", payment_addr, "127.0.0.1:7111", "svc-payment"),
    {"RETENTION_DAYS", SET_INT, AT(retention_days), "30", 1, 3650, 0,
     "Days after an exhibition for which all other personal data is kept (docs/retention.md)."},
    {"SECRET_KEY", SET_TEXT, AT(secret_key), NULL, 32, 512, SET_SECRET | SET_REQUIRED,
     "Key of staff access tokens, the same as the gateway's."},
    {"SESSION_IDLE_HOURS", SET_INT, AT(session_idle_hours), "12", 1, 720, 0,
     "Hours after which a session that nobody used has ended."},
    {"SESSION_MAX_DAYS", SET_INT, AT(session_max_days), "7", 1, 90, 0,
     "Days after which a session ends, used or not: one signs in again."},
    WORKERS("STAFF_WORKERS", staff_workers, "2", "calls of the staff"),
};
const size_t admin_n_settings = sizeof admin_settings / sizeof *admin_settings;

static int refuse(const char *setting, const char *reason) {
    log_error("setting refused", "setting", setting, "reason", reason);
    return -1;
}

int admin_settings_check(void *config) {
    const struct admin_config *c = config;
    unsigned roles;
    int rc = 0;
    if (strcmp(c->admin_key, c->secret_key) == 0) rc = refuse("ADMIN_KEY", "must differ from SECRET_KEY");
    if (!account_roles_read(c->otp_roles, &roles)) rc = refuse("OTP_ROLES", "names what is no role of the staff");
    return rc;
}

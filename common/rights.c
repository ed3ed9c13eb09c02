#include "rights.h"

#include <stdbool.h>
#include <string.h>

#define SUPERADMIN ROLE_SUPERADMIN
#define MANAGERS (ROLE_MANAGER | SUPERADMIN)
#define MONEY (ROLE_FINANCE | MANAGERS)
#define DESK (ROLE_STAFF | MANAGERS)
#define OFFICE (ROLE_STAFF | MONEY)
#define GATE (ROLE_DEVICE | DESK)
#define STAFF ROLES_ALL_STAFF
#define ANYBODY (ROLE_VISITOR | STAFF)
#define SIGNED_IN (STAFF | ROLE_ENROLLING)

/* clang-format off */
const struct right rights[] = {
    {"*", "ping",     ROLES_EVERY},
    {"*", "stats",    ROLES_EVERY},
    {"*", "loglevel", ROLES_EVERY},

    /* visitors */
    {"booking", "order.create", ANYBODY},
    {"booking", "order.get",    ANYBODY},
    {"booking", "order.lookup", ANYBODY},
    {"payment", "payment.initialize", ANYBODY},
    {"payment", "payment.confirm",    ANYBODY},
    {"payment", "payment.get",        ANYBODY},
    {"payment", "payment.webhook",    ANYBODY},
    {"payment", "refund.quote",       ANYBODY},
    {"payment", "order.cancel",       ANYBODY},
    {"entrance", "ticket.list", ANYBODY},
    {"entrance", "ticket.qr",   ANYBODY},

    /* exhibitions and what they sell */
    {"booking", "exhibition.list",   STAFF},
    {"booking", "exhibition.get",    STAFF},
    {"booking", "exhibition.create", SUPERADMIN},
    {"booking", "exhibition.update", MANAGERS},
    {"booking", "exhibition.delete", SUPERADMIN},
    {"booking", "product.list",   STAFF},
    {"booking", "product.create", MANAGERS},
    {"booking", "product.update", MANAGERS},
    {"booking", "product.delete", MANAGERS},
    {"booking", "slot.list",   STAFF},
    {"booking", "slot.create", MANAGERS},
    {"booking", "slot.update", MANAGERS},
    {"booking", "slot.delete", MANAGERS},

    /* orders, with what the others know of them */
    {"booking", "order.list",   STAFF},
    {"booking", "order.detail",      STAFF},
    {"booking", "order.detail/code", DESK},
    {"booking", "order.reveal", MANAGERS},
    {"booking", "order.export", MONEY},
    {"booking", "order.patch",        OFFICE},
    {"booking", "order.patch/memo",   DESK},
    {"booking", "order.patch/cancel", MONEY},
    {"payment", "order.patch",        OFFICE},
    {"payment", "order.patch/cancel", MONEY},
    {"payment", "order.history",  STAFF},
    {"entrance", "order.history", STAFF},
    {"notify", "order.history",   STAFF},

    /* money */
    {"payment", "payments.stuck",     MONEY},
    {"payment", "reconciliation.get", MONEY},

    /* messages */
    {"notify", "notification.list",   DESK},
    {"notify", "notification.resend", MANAGERS},

    /* the gate */
    {"entrance", "scan",           GATE},
    {"entrance", "scan.undo",      MANAGERS},
    {"entrance", "sync",           GATE},
    {"entrance", "manifest",       GATE},
    {"entrance", "entrance.keys",  GATE},
    {"entrance", "entrance.stats", GATE},
    {"entrance", "code.reissue",   MANAGERS},
    {"entrance", "device.list",    MANAGERS},
    {"entrance", "device.delete",  MANAGERS},
    {"entrance", "device.create",        ANYBODY | ROLE_DEVICE},
    {"entrance", "device.create/make",   MANAGERS},
    {"entrance", "device.create/enroll", ANYBODY},
    {"entrance", "device.create/renew",  ROLE_DEVICE},

    /* accounts */
    {"admin", "login",   ANYBODY | ROLE_ENROLLING},
    {"admin", "refresh", ANYBODY | ROLE_ENROLLING},
    {"admin", "logout",  ANYBODY | ROLE_ENROLLING},
    {"admin", "password.change", SIGNED_IN},
    {"admin", "session.list",    SIGNED_IN},
    {"admin", "session.delete",  SIGNED_IN},
    {"admin", "otp.create",      SIGNED_IN},
    {"admin", "otp.delete",      SIGNED_IN},
    {"admin", "user.list",   MANAGERS},
    {"admin", "user.create", MANAGERS},
    {"admin", "user.update", MANAGERS},
    {"admin", "user.delete", MANAGERS},

    /* figures, audit, retention */
    {"admin", "dashboard.get", STAFF},
    {"admin", "audit.list",    MANAGERS},
    {"admin", "retention.list", SUPERADMIN},
    {"admin", "retention.run",  SUPERADMIN},
};
/* clang-format on */
const size_t rights_count = sizeof rights / sizeof *rights;

static bool is(const struct right *r, const char *service, const char *op, const char *part) {
    size_t n = strlen(op);
    if (strcmp(r->service, service) != 0 && strcmp(r->service, "*") != 0) return false;
    if (strncmp(r->op, op, n) != 0) return false;
    return part == NULL ? r->op[n] == '\0' : r->op[n] == '/' && strcmp(r->op + n + 1, part) == 0;
}

static const struct right *find(const char *service, const char *op, const char *part) {
    for (size_t i = 0; i < rights_count; i++)
        if (is(&rights[i], service, op, part)) return &rights[i];
    return NULL;
}

unsigned rights_of(const char *service, const char *op) {
    const struct right *r = find(service, op, NULL);
    return r != NULL ? r->roles : ROLE_SERVICE;
}

unsigned rights_of_part(const char *service, const char *op, const char *part) {
    const struct right *r = find(service, op, part);
    return r != NULL ? r->roles : 0;
}

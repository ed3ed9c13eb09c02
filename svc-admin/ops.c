#include "ops.h"
#include "common/events.h"
#include "op_account.h"
#include "op_audit.h"
#include "op_dashboard.h"
#include "op_retention.h"
#include "retention_store.h"

/* clang-format off */
const struct bus_op admin_ops[] = {
    { "login", "gateway", POOL_LOGIN, op_login, NULL, "Signs a member of the staff in." },
    { "refresh", "gateway", POOL_STAFF, op_refresh, NULL, "Makes the next access token of a session." },
    { "logout", "gateway", POOL_STAFF, op_logout, NULL, "Ends the caller's session." },
    { "password.change", "gateway", POOL_LOGIN, op_password_change, NULL, "Changes the caller's password; the caller's other sessions end." },
    { "otp.create", "gateway", POOL_LOGIN, op_otp_create, NULL, "Makes a second factor, and confirms it with its first code." },
    { "otp.delete", "gateway", POOL_LOGIN, op_otp_delete, NULL, "Takes the caller's second factor away." },
    { "session.list", "gateway", POOL_STAFF, op_session_list, NULL, "Sessions of the caller; of others for superadmins." },
    { "session.delete", "gateway", POOL_STAFF, op_session_delete, NULL, "Ends a session, or all but this." },
    { "user.list", "gateway", POOL_STAFF, op_user_list, NULL, "Accounts the caller may manage." },
    { "user.create", "gateway", POOL_LOGIN, op_user_create, NULL, "Makes an account." },
    { "user.update", "gateway", POOL_LOGIN, op_user_update, NULL, "Changes an account of somebody else." },
    { "user.delete", "gateway", POOL_STAFF, op_user_delete, NULL, "Deletes an account of somebody else." },
    { "sessions.changed", "gateway", POOL_INTERNAL, op_sessions_changed, NULL, "Sessions whose access tokens are worthless by now." },
    { "audit.list", "gateway", POOL_STAFF, op_audit_list, NULL, "Who did what: the facts of all services, the newest first." },
    { "retention.list", "gateway", POOL_STAFF, op_retention_list, NULL, "What was erased when, the newest run first." },
    { "retention.run", "gateway", POOL_STAFF, op_retention_run, NULL, "Asks for a run over all services; it goes on by itself." },
    { "retention", "admin", POOL_INTERNAL, op_retention, NULL, "The next step of erasing personal data whose time is over." },
    { "dashboard.get", "gateway", POOL_FIGURES, op_dashboard, NULL, "Live figures of exhibitions: totals, products, a series of hours or days." },
    { "events.pull", "admin", POOL_INTERNAL, events_op_pull, NULL, "Facts after a cursor." },
};
/* clang-format on */
const size_t admin_n_ops = sizeof admin_ops / sizeof *admin_ops;

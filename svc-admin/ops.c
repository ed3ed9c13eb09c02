#include "ops.h"
#include "common/events.h"
#include "op_account.h"
#include "op_audit.h"

/* clang-format off */
const struct bus_op admin_ops[] = {
    { "login", "gateway", POOL_LOGIN, op_login, NULL, "Signs a member of the staff in." },
    { "refresh", "gateway", POOL_STAFF, op_refresh, NULL, "Makes the next access token of a session." },
    { "logout", "gateway", POOL_STAFF, op_logout, NULL, "Ends the caller's session." },
    { "session.list", "gateway", POOL_STAFF, op_session_list, NULL, "Sessions of the caller; of others for superadmins." },
    { "session.delete", "gateway", POOL_STAFF, op_session_delete, NULL, "Ends a session, or all but this." },
    { "sessions.changed", "gateway", POOL_INTERNAL, op_sessions_changed, NULL, "Sessions whose access tokens are worthless by now." },
    { "audit.list", "gateway", POOL_STAFF, op_audit_list, NULL, "Who did what: the facts of all services, the newest first." },
    { "events.pull", "admin", POOL_INTERNAL, events_op_pull, NULL, "Facts after a cursor." },
};
/* clang-format on */
const size_t admin_n_ops = sizeof admin_ops / sizeof *admin_ops;

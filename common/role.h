/* role - staff roles (api.md, guide "admin_users") as bits, so that a table row can say who may. */
#pragma once
enum role {
    ROLE_VISITOR = 1, /* anybody, no staff session */
    ROLE_VIEWER = 2,
    ROLE_STAFF = 4,
    ROLE_FINANCE = 8,
    ROLE_MANAGER = 16,
    ROLE_SUPERADMIN = 32,
    ROLE_SERVICE = 64,    /* another daemon on its own behalf */
    ROLE_DEVICE = 128,    /* an enrolled scanner at the gate; no member of the staff */
    ROLE_ENROLLING = 256, /* of the staff, whose role demands a second factor that is not set up yet */
};
#define ROLES_ALL_STAFF (ROLE_VIEWER | ROLE_STAFF | ROLE_FINANCE | ROLE_MANAGER | ROLE_SUPERADMIN)
#define ROLES_EVERY (ROLE_VISITOR | ROLES_ALL_STAFF | ROLE_SERVICE | ROLE_DEVICE | ROLE_ENROLLING)
/* "manager" -> ROLE_MANAGER; the guide's "admin" is manager; 0: no such role. */
enum role role_parse(const char *name);
const char *role_name(enum role r);

#include "role.h"

#include <stddef.h>
#include <string.h>

static const struct {
    enum role role;
    const char *name;
} roles[] = {
    {ROLE_VISITOR, "visitor"}, {ROLE_VIEWER, "viewer"},   {ROLE_STAFF, "staff"},
    {ROLE_FINANCE, "finance"}, {ROLE_MANAGER, "manager"}, {ROLE_SUPERADMIN, "superadmin"},
    {ROLE_SERVICE, "service"}, {ROLE_DEVICE, "device"},   {ROLE_ENROLLING, "enrolling"},
    {ROLE_MANAGER, "admin"}, /* the guide's name; after "manager", which is the one shown */
};

enum role role_parse(const char *name) {
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (strcmp(roles[i].name, name) == 0) return roles[i].role;
    return 0;
}

const char *role_name(enum role r) {
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (roles[i].role == r) return roles[i].name;
    return "";
}

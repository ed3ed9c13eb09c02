/* account_fact - what is told of accounts to the log of audit. */
#pragma once
#include "account.h"
#include "common/audit.h"

struct bus_req;
struct strbuf;

/* An account as facts show it, as JSON. `note`: the name of one more member that is true ("password_changed"); NULL: none. */
const char *account_fact_text(struct arena *a, const struct account *account, const char *note);

struct account_fact {
    const char *action;        /* "login.locked"; NULL: the op */
    const struct account *who; /* did it; NULL: whoever calls */
    int64_t id, version;       /* of the account it is about */
    const char *before, *after, *reason;
};
/* Inside the open transaction of `db`. */
enum db_rc account_fact_emit(struct db *db, const struct bus_req *req, const struct account_fact *f);

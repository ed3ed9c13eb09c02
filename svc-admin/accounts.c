#include "accounts.h"
#include <stdatomic.h>
#include <string.h>
#include "account_store.h"
#include "admin.h"
#include "common/arena.h"
#include "common/daemon.h"
#include "common/effect_store.h"
#include "common/every.h"
#include "common/log.h"
#include "common/timeutil.h"
#include "config.h"
#include "login_store.h"
#include "password.h"
#include "session_answer.h"
#include "session_store.h"

enum { ROUND_MS = 1000, TIDY_MS = 60 * 1000, STATEMENT_MS = 2000, ARENA_MAX = 64 * 1024 };

static struct {
    const struct admin *admin;
    struct db *db;
    struct arena *arena;
    struct every *every;
    bool begun; /* there is somebody who can sign in, or it was said that nobody can */
    int64_t tidied_ms;
} self;

/* Of several replicas that start together one makes it. */
static enum db_rc make_first(void) {
    char hash[PASSWORD_HASH_MAX];
    struct account first = {.username = "admin", .role = ROLE_SUPERADMIN, .scope = "*", .active = true};
    if (!password_hash(self.admin->config->initial_password, hash)) return DB_ERROR;
    first.password_hash = hash;
    enum db_rc rc = account_store_first(self.db, self.arena, &first);
    if (rc == DB_OK && first.id != 0) log_info("the first account is made", "username", first.username);
    return rc;
}

static bool begin(void) {
    bool any;
    enum db_rc rc = account_store_any(self.db, self.arena, &any);
    if (rc != DB_OK || any) return rc == DB_OK;
    if (strlen(self.admin->config->initial_password) >= PASSWORD_MIN) return make_first() == DB_OK;
    log_error("there is no account and no ADMIN_INITIAL_PASSWORD of 10 characters: nobody can sign in");
    return true;
}

/* True: there is more to do. */
static bool tidy(void) {
    const struct session_limits limits = session_limits_of(self.admin);
    if (time_mono_ms() < self.tidied_ms + TIDY_MS) return false;
    bool more = login_store_forget(self.db);
    more = session_store_tidy(self.db, self.arena, &limits) || more;
    more = effect_store_forget(self.db) || more;
    if (!more) self.tidied_ms = time_mono_ms();
    return more;
}

static bool do_round(void *arg) {
    (void)arg;
    if (!self.begun) self.begun = begin();
    const bool more = self.begun && tidy();
    arena_reset(self.arena);
    return more;
}

static int start(struct admin *a) {
    self.admin = a;
    self.db = daemon_db(a->daemon, STATEMENT_MS);
    self.arena = arena_new(ARENA_MAX);
    if (self.db == NULL || self.arena == NULL) return -1;
    do_round(NULL); /* whoever sees us ready can sign in, if the database is there */
    self.every = every_start(ROUND_MS, do_round, NULL);
    return self.every != NULL ? 0 : -1;
}

static void stop(void) {
    if (self.every != NULL) every_stop(&self.every);
    db_close(&self.db);
    arena_free(&self.arena);
}

const struct admin_part accounts_part = {"accounts", start, stop};

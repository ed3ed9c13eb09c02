/* entrance-keys - the keys that sign codes: entrance-keys list | rotate [HOURS].
 *
 * A new key is shown at once and signs after HOURS (KEY_AHEAD_HOURS), so that scanners which are seldom online know it before they
 * meet it. Old keys are kept for good: what they signed stays valid. Exit code: 0 done, 1 not done, 2 wrong use. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/arena.h"
#include "common/db.h"
#include "common/log.h"
#include "common/settings.h"
#include "common/timeutil.h"
#include "key_store.h"
#include "keys.h"

#define STATEMENT_MS 10000
#define ARENA_MAX ((size_t)8 * 1024 * 1024)
#define AHEAD_MAX (366 * 24)
#define AHEAD_IN_PRODUCTION 48
#define TRIES 5

struct config {
    char *database_url, *entrance_key;
    int64_t ahead_hours;
};
#define AT(member) offsetof(struct config, member)

static const struct setting settings[] = {
    {"DATABASE_URL", SET_TEXT, AT(database_url), NULL, 1, 1024, SET_SECRET | SET_REQUIRED,
     "Database of svc-entrance, with its role."},
    {"ENTRANCE_KEY", SET_TEXT, AT(entrance_key), NULL, 32, 512, SET_SECRET | SET_REQUIRED,
     "Key under which the keys that sign codes are stored."},
    {"KEY_AHEAD_HOURS", SET_INT, AT(ahead_hours), "48", 0, AHEAD_MAX, 0,
     "Hours from the day a key is shown to the day it signs; in production 48 at least."},
};
#define N_SETTINGS (sizeof settings / sizeof *settings)

static int list(struct db *db) {
    struct arena *a = arena_new(ARENA_MAX);
    struct stored_key *keys;
    char published[RFC3339_LEN + 1], signs[RFC3339_LEN + 1];
    size_t n = 0;
    enum db_rc rc = a != NULL ? key_store_load(db, a, 0, &keys, &n) : DB_ERROR;
    for (size_t i = 0; i < n; i++) {
        time_rfc3339(keys[i].published_ms, published);
        time_rfc3339(keys[i].signs_from_ms, signs);
        printf("%d\tshown from %s\tsigns from %s\t%s\n", keys[i].id, published, signs, keys[i].public_key);
    }
    arena_free(&a);
    return rc == DB_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int rotate(struct db *db, const char *secret, int64_t hours) {
    enum db_rc rc = DB_UNIQUE;
    int id;
    for (int i = 0; rc == DB_UNIQUE && i < TRIES; i++) rc = keys_add(db, secret, hours, &id);
    if (rc == DB_OK)
        printf("key %d is shown from now on and signs in %lld hours\n", id, (long long)hours);
    else
        puts(rc == DB_CHECK ? "ENTRANCE_KEY is not the one under which the keys are stored" : "no key was made");
    return rc == DB_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* False: no number of hours, or too few of them. */
static bool read_hours(const char *text, int64_t *hours) {
    size_t len = text != NULL ? strlen(text) : 0;
    if (text != NULL && (len == 0 || len > 4 || strspn(text, "0123456789") != len)) return false;
    if (text != NULL) *hours = strtol(text, NULL, 10);
    return *hours <= AHEAD_MAX && (!settings_production() || *hours >= AHEAD_IN_PRODUCTION);
}

int main(int argc, char **argv) {
    struct config config = {NULL};
    struct db *db = NULL;
    bool rotates = argc >= 2 && argc <= 3 && strcmp(argv[1], "rotate") == 0;
    int code = 2;
    log_init("entrance-keys", LOG_WARNING, NULL);
    if (!rotates && (argc != 2 || strcmp(argv[1], "list") != 0)) {
        puts("usage: entrance-keys list | rotate [HOURS]");
        return code;
    }
    if (settings_load(settings, N_SETTINGS, &config) != 0) return code;
    if (rotates && !read_hours(argc == 3 ? argv[2] : NULL, &config.ahead_hours)) {
        printf("HOURS is a number up to %d; in production %d at least\n", AHEAD_MAX, AHEAD_IN_PRODUCTION);
        goto out;
    }
    db = db_open(config.database_url, "entrance-keys", STATEMENT_MS);
    if (db != NULL) code = rotates ? rotate(db, config.entrance_key, config.ahead_hours) : list(db);
out:
    db_close(&db);
    settings_free(settings, N_SETTINGS, &config);
    return code;
}

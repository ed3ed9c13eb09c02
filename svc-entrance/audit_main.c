/* entrance-audit - every ticket has its code, every entry its scan, and booking knows both: in one snapshot. And that whoever is
 * inside is who settle.c says, from all the scans, page by page under the locks of the orders.
 *
 * Prints "0 differences" or names each. Exit code: 0 all agree, 1 differences, 2 it could not look. */
#include <stdio.h>
#include <stdlib.h>
#include "audit_check_store.h"
#include "common/arena.h"
#include "common/db.h"
#include "common/log.h"
#include "common/settings.h"
#include "order_store.h"
#include "settle.h"

#define STATEMENT_MS (15 * 60 * 1000)
#define ARENA_MAX ((size_t)64 * 1024 * 1024)
#define PAGE 200

struct config {
    char *admin_url, *own_url;
};
#define AT(member) offsetof(struct config, member)

static const struct setting settings[] = {
    {"DATABASE_ADMIN_URL", SET_TEXT, AT(admin_url), NULL, 1, 1024, SET_SECRET | SET_REQUIRED,
     "Database with a role that may read the schemas of booking and entrance."},
    {"DATABASE_URL", SET_TEXT, AT(own_url), NULL, 1, 1024, SET_SECRET | SET_REQUIRED,
     "Database of svc-entrance, with its role."},
};
#define N_SETTINGS (sizeof settings / sizeof *settings)

static void difference(void *arg, const char *check, const char *what) {
    size_t *differences = arg;
    ++*differences;
    printf("%s: %s\n", check, what);
}

static enum db_rc compare_books(struct db *db, struct arena *a, size_t *differences) {
    enum db_rc rc = db_check_begin(db);
    for (size_t i = 0; rc == DB_OK && i < audit_n_checks; i++)
        rc = db_check_run(db, a, &audit_checks[i], difference, differences);
    db_check_end(db);
    return rc;
}

/* *last: the last order of the page; *n 0: there was none. */
static enum db_rc settle_page(struct db *db, struct arena *a, int64_t *last, size_t *n, size_t *differences) {
    int64_t ids[PAGE];
    struct gate_order *orders;
    size_t n_orders;
    enum db_rc rc = audit_check_entered(db, a, *last, PAGE, ids, n);
    if (rc != DB_OK || *n == 0) return rc;
    *last = ids[*n - 1];
    rc = order_store_lock(db, a, ids, *n, &orders, &n_orders);
    if (rc == DB_OK) rc = order_store_claims(db, a, orders, n_orders);
    for (size_t i = 0; rc == DB_OK && i < n_orders; i++) {
        settle(&orders[i]);
        if (orders[i].changed)
            difference(differences, "settle",
                       arena_printf(a, "order %s: the scans say that others are inside", orders[i].order_number));
    }
    return rc;
}

static enum db_rc compare_entries(struct db *db, struct arena *a, size_t *differences) {
    enum db_rc rc = DB_OK;
    int64_t last = 0;
    for (size_t n = 1; rc == DB_OK && n > 0; db_rollback(db)) {
        arena_reset(a);
        rc = db_begin(db);
        if (rc == DB_OK) rc = settle_page(db, a, &last, &n, differences);
    }
    return rc;
}

int main(void) {
    struct config config = {NULL};
    struct db *admin = NULL, *own = NULL;
    struct arena *a = NULL;
    size_t differences = 0;
    int code = 2;
    log_init("entrance-audit", LOG_WARNING, NULL);
    if (settings_load(settings, N_SETTINGS, &config) != 0) return code;
    admin = db_open(config.admin_url, "entrance-audit", STATEMENT_MS);
    own = db_open(config.own_url, "entrance-audit", STATEMENT_MS);
    a = arena_new(ARENA_MAX);
    if (admin == NULL || own == NULL || a == NULL) goto out;
    if (compare_books(admin, a, &differences) != DB_OK || compare_entries(own, a, &differences) != DB_OK) {
        puts("the database does not answer");
        goto out;
    }
    printf("%zu differences\n", differences);
    code = differences == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
out:
    arena_free(&a);
    db_close(&admin);
    db_close(&own);
    settings_free(settings, N_SETTINGS, &config);
    return code;
}

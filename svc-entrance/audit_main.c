/* entrance-audit - every ticket has its code, every entry its scan, and booking knows both: in one snapshot. And that whoever is
 * inside is who settle.c says, from all the scans, page by page under the locks of the orders.
 * Prints and ends as common/db_check.h says. */
#include "audit_check_store.h"
#include "common/arena.h"
#include "common/db_check.h"
#include "common/settings.h"
#include "order_store.h"
#include "settle.h"

#define NAME "entrance-audit"
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

/* *last: the last order of the page; *n 0: there was none. */
static enum db_rc settle_page(struct db *db, struct db_check_run *run, int64_t *last, size_t *n) {
    struct arena *a = run->arena;
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
            db_check_difference(
                run, "settle",
                arena_printf(a, "order %s: the scans say that others are inside", orders[i].order_number));
    }
    return rc;
}

static enum db_rc compare_entries(struct db_check_run *run) {
    const struct config *config = run->config;
    struct db *db = db_check_open(config->own_url, NAME);
    enum db_rc rc = db != NULL ? DB_OK : DB_ERROR;
    int64_t last = 0;
    for (size_t n = 1; rc == DB_OK && n > 0; db_rollback(db)) {
        arena_reset(run->arena);
        rc = db_begin(db);
        if (rc == DB_OK) rc = settle_page(db, run, &last, &n);
    }
    db_close(&db);
    return rc;
}

int main(void) {
    struct config config = {NULL, NULL};
    const struct db_check_program program = {
        .name = NAME,
        .settings = settings,
        .n_settings = N_SETTINGS,
        .config = &config,
        .checks = audit_checks,
        .n_checks = audit_n_checks,
        .after = compare_entries,
    };
    return db_check_main(&program);
}

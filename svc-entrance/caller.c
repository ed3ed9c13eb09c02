#include "caller.h"
#include <string.h>
#include "common/arena.h"
#include "common/effect.h"
#include "device_store.h"

/* The only exhibition in a scope; "": several, or all. */
static const char *only_code(const char *scope) {
    return strchr(scope, ',') == NULL && strcmp(scope, "*") != 0 ? scope : "";
}

static void fill(struct bus_req *req, const struct standing *at, struct caller *c) {
    bool device = req->head.role == ROLE_DEVICE;
    int64_t id = req->head.user_id;
    *c = (struct caller){.status = at->known ? ST_OK : ST_UNAUTHENTICATED, .req = req};
    if (!at->known) return;
    c->device = device ? id : 0;
    c->admin_id = device ? 0 : id;
    c->scanner = arena_printf(req->arena, device ? "dev-%lld" : "staff-%lld", (long long)id);
    c->exhibition_id = at->exhibition_id;
    c->exhibition_code = device ? arena_strdup(req->arena, at->exhibition_code) : only_code(req->head.scope);
    if (c->scanner == NULL || c->exhibition_code == NULL)
        c->status = ST_BUSY;
    else
        c->stands = *c->exhibition_code != '\0';
}

static enum db_rc stand(struct db *db, struct arena *a, struct bus_req *const *reqs, size_t n, struct standing *at) {
    int64_t *silent = arena_alloc(a, n * sizeof *silent);
    size_t n_silent = 0;
    if (silent == NULL) return DB_ERROR;
    for (size_t i = 0; i < n; i++) {
        bool device = reqs[i]->head.role == ROLE_DEVICE;
        at[i] = (struct standing){.device = device ? reqs[i]->head.user_id : 0,
                                  .exhibition_code = device ? "" : only_code(reqs[i]->head.scope)};
    }
    enum db_rc rc = device_store_standing(db, a, at, n);
    for (size_t i = 0; i < n; i++)
        if (at[i].silent) silent[n_silent++] = at[i].device;
    return rc == DB_OK && n_silent > 0 ? device_store_seen(db, a, silent, n_silent) : rc;
}

void callers_find(struct worker *w, struct arena *a, struct bus_req *const *reqs, size_t n, struct caller *callers) {
    struct standing *at = arena_alloc(a, n * sizeof *at);
    enum db_rc rc = at != NULL ? stand(w->db, a, reqs, n, at) : DB_ERROR;
    for (size_t i = 0; i < n; i++) {
        if (rc == DB_OK)
            fill(reqs[i], &at[i], &callers[i]);
        else
            callers[i] = (struct caller){.status = effect_status(rc)};
    }
}

enum status caller_find(struct worker *w, struct bus_req *req, struct caller *c) {
    callers_find(w, req->arena, &req, 1, c);
    return c->status;
}

int64_t caller_place(const struct caller *c, int64_t exhibition_id, const char *exhibition_code) {
    if (c->stands) return c->exhibition_id;
    return bus_in_scope(c->req, exhibition_code) ? exhibition_id : 0;
}

/* Such names are given by us. */
static bool names_scanner(const char *text) {
    return strncmp(text, "dev-", sizeof "dev-" - 1) == 0 || strncmp(text, "staff-", sizeof "staff-" - 1) == 0;
}

const char *caller_device(const struct caller *c, const char *device_id) {
    if (device_id == NULL || strcmp(device_id, c->scanner) == 0) return c->scanner;
    return c->device == 0 && !names_scanner(device_id) ? device_id : NULL;
}

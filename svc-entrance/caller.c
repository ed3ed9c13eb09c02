#include "caller.h"
#include <string.h>
#include "common/arena.h"
#include "device_store.h"

/* The only exhibition in a scope; "": several, or all. */
static const char *only_code(const char *scope) {
    return strchr(scope, ',') == NULL && strcmp(scope, "*") != 0 ? scope : "";
}

static void fill(struct arena *a, const struct bus_req *req, const struct standing *at, struct caller *c) {
    bool device = req->head.role == ROLE_DEVICE;
    long long id = req->head.user_id;
    *c = (struct caller){.status = device && !at->known ? ST_UNAUTHENTICATED : ST_OK};
    if (c->status != ST_OK) return;
    c->req = req;
    c->device = device ? id : 0;
    c->admin_id = device ? 0 : id;
    c->device_id = arena_printf(a, device ? "dev-%lld" : "staff-%lld", id);
    c->stands = device || *only_code(req->head.scope) != '\0';
    c->exhibition_id = c->stands ? at->exhibition_id : 0;
    c->exhibition_code = device ? at->exhibition_code : only_code(req->head.scope);
    if (c->device_id == NULL || c->exhibition_code == NULL) c->status = ST_BUSY;
}

enum db_rc callers_find(struct db *db, struct arena *a, struct bus_req *const *reqs, size_t n, struct caller *callers) {
    int64_t *devices = arena_alloc(a, (n + 1) * sizeof *devices);
    const char **codes = arena_alloc(a, (n + 1) * sizeof *codes);
    struct standing *at = arena_alloc(a, (n + 1) * sizeof *at);
    if (devices == NULL || codes == NULL || at == NULL) return DB_ERROR;
    for (size_t i = 0; i < n; i++) {
        bool device = reqs[i]->head.role == ROLE_DEVICE;
        devices[i] = device ? reqs[i]->head.user_id : 0;
        codes[i] = device ? "" : only_code(reqs[i]->head.scope);
    }
    enum db_rc rc = device_store_standing(db, a, devices, codes, n, at);
    for (size_t i = 0; rc == DB_OK && i < n; i++) fill(a, reqs[i], &at[i], &callers[i]);
    return rc;
}

int64_t caller_place(const struct caller *c, int64_t exhibition_id, const char *exhibition_code) {
    if (c->stands) return c->exhibition_id;
    return bus_in_scope(c->req, exhibition_code) ? exhibition_id : 0;
}

const char *caller_device(const struct caller *c, const char *device_id) {
    if (device_id == NULL) return c->device_id;
    return c->device == 0 || strcmp(device_id, c->device_id) == 0 ? device_id : NULL;
}

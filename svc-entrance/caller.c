#include "caller.h"
#include <string.h>
#include "common/arena.h"
#include "common/effect.h"
#include "device_store.h"

/* The only exhibition in a scope; "": several, or all. */
static const char *only_code(const char *scope) {
    return strchr(scope, ',') == NULL && strcmp(scope, "*") != 0 ? scope : "";
}

static enum db_rc stand(struct worker *w, struct bus_req *req, struct caller *c, struct standing *at) {
    *at = (struct standing){.known = true, .exhibition_code = only_code(req->head.scope)};
    if (c->device == 0) return device_store_exhibition(w->db, req->arena, at->exhibition_code, &at->exhibition_id);
    enum db_rc rc = device_store_standing(w->db, req->arena, c->device, at);
    return rc == DB_OK && at->silent ? device_store_seen(w->db, req->arena, c->device) : rc;
}

enum status caller_find(struct worker *w, struct bus_req *req, struct caller *c) {
    bool device = req->head.role == ROLE_DEVICE;
    int64_t id = req->head.user_id;
    struct standing at;
    *c = (struct caller){.device = device ? id : 0, .admin_id = device ? 0 : id, .req = req};
    enum db_rc rc = stand(w, req, c, &at);
    if (rc != DB_OK) return effect_status(rc);
    if (!at.known) return ST_UNAUTHENTICATED;
    c->device_id = arena_printf(req->arena, device ? "dev-%lld" : "staff-%lld", (long long)id);
    c->stands = *at.exhibition_code != '\0';
    c->exhibition_id = at.exhibition_id;
    c->exhibition_code = at.exhibition_code;
    return c->device_id != NULL ? ST_OK : ST_BUSY;
}

int64_t caller_place(const struct caller *c, int64_t exhibition_id, const char *exhibition_code) {
    if (c->stands) return c->exhibition_id;
    return bus_in_scope(c->req, exhibition_code) ? exhibition_id : 0;
}

const char *caller_device(const struct caller *c, const char *device_id) {
    if (device_id == NULL) return c->device_id;
    return c->device == 0 || strcmp(device_id, c->device_id) == 0 ? device_id : NULL;
}

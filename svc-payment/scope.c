#include "scope.h"
#include <string.h>
#include "booking.h"
#include "common/arena.h"

bool scope_is_everything(const struct bus_req *req) { return strcmp(req->head.scope, "*") == 0; }

enum status scope_filter(struct worker *w, struct bus_req *req, const struct exhibition_hint *hints, size_t n,
                         const int64_t **ids, size_t *n_ids) {
    int64_t *allowed = arena_alloc(req->arena, (n + 1) * sizeof *allowed);
    *ids = allowed;
    *n_ids = 0;
    if (allowed == NULL) return ST_BUSY;
    for (size_t i = 0; i < n; i++) {
        struct order_info o;
        enum status st = booking_order(w->state, req->arena, hints[i].order_number, 0, &o);
        if (st == ST_NOT_FOUND) continue;
        if (st != ST_OK) return st;
        if (bus_in_scope(req, o.exhibition_code)) allowed[(*n_ids)++] = hints[i].id;
    }
    return ST_OK;
}

enum db_rc scope_hints(struct db *db, struct arena *a, const struct db_stmt *stmt, const struct db_args *args,
                       struct exhibition_hint **hints, size_t *n) {
    struct db_res *res = NULL;
    *n = 0;
    enum db_rc rc = db_exec(db, stmt, args, &res);
    if (rc == DB_OK) {
        *hints = arena_alloc(a, ((size_t)db_rows(res) + 1) * sizeof **hints);
        rc = *hints == NULL ? DB_ERROR : DB_OK;
    }
    for (int i = 0; rc == DB_OK && i < db_rows(res); i++)
        (*hints)[(*n)++] = (struct exhibition_hint){db_int(res, i, 0), arena_strdup(a, db_text(res, i, 1))};
    db_free(&res);
    return rc;
}

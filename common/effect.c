#include "effect.h"
#include "effect_store.h"

#define TRIES 3

enum status effect_status(enum db_rc rc) {
    switch (rc) {
    case DB_LOST:
    case DB_RETRY:
    case DB_TIMEOUT: return ST_BUSY;
    default: return ST_INTERNAL;
    }
}

static void unsay(struct strbuf *out) {
    out->len = 0;
    out->data[0] = '\0';
}

static enum db_rc attempt(struct worker *w, struct bus_req *req, effect_fn fn, void *arg, enum status *st,
                          struct strbuf *out) {
    enum db_rc rc = db_begin(w->db);
    if (rc != DB_OK) return rc;
    rc = fn(w, req, arg, st, out);
    if (rc == DB_OK && status_is_success(*st) && strbuf_ok(out)) {
        rc = db_commit(w->db);
        if (rc != DB_LOST) return rc;
        *st = ST_OUTCOME_UNKNOWN;
        unsay(out);
        return DB_OK;
    }
    db_rollback(w->db);
    if (rc == DB_OK && !strbuf_ok(out)) *st = ST_INTERNAL;
    return rc;
}

enum status effect_run(struct worker *w, struct bus_req *req, effect_fn fn, void *arg, struct strbuf *out) {
    enum status st = ST_BUSY;
    enum db_rc rc = DB_RETRY;
    for (int i = 0; i < TRIES && rc == DB_RETRY; i++) {
        unsay(out);
        rc = attempt(w, req, fn, arg, &st, out);
    }
    if (rc != DB_OK) unsay(out);
    return rc == DB_OK ? st : effect_status(rc);
}

struct keyed {
    effect_fn fn;
    void *arg;
    char key[37], body[37];
    bool repeated;
};

static enum db_rc run_keyed(struct worker *w, struct bus_req *req, void *arg, enum status *st, struct strbuf *out) {
    struct keyed *k = arg;
    struct stored_effect earlier;
    enum db_rc rc = effect_store_lock(w->db, req->arena, k->key, k->body, &earlier);
    k->repeated = rc == DB_OK && earlier.found && earlier.same_body;
    if (k->repeated) {
        strbuf_puts(out, earlier.answer);
        *st = (enum status)earlier.status;
        return DB_OK;
    }
    if (rc == DB_OK && earlier.found) {
        *st = ST_IDEMPOTENCY_MISMATCH;
        return DB_OK;
    }
    if (rc == DB_OK) rc = k->fn(w, req, k->arg, st, out);
    if (rc == DB_OK && status_is_success(*st))
        rc = effect_store_put(w->db, req->arena, k->key, k->body, (int)*st, out->data);
    return rc;
}

enum status effect_run_once(struct worker *w, struct bus_req *req, effect_fn fn, void *arg, struct strbuf *out,
                            bool *repeated) {
    struct keyed k = {.fn = fn, .arg = arg};
    bus_idem(req, k.key, k.body);
    enum status st = effect_run(w, req, run_keyed, &k, out);
    *repeated = k.repeated;
    return st;
}

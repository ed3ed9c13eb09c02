#include "retention.h"

#include "arena.h"
#include "body.h"
#include "effect.h"
#include "retention_store.h"

enum { ROWS_PER_STEP = 1000, EXHIBITIONS_MAX = 10000, DAYS_MAX = 36500 };
#define DAY_MS ((int64_t)24 * 3600 * 1000)

static const char *const rule_names[] = {[RETENTION_EXHIBITION] = "exhibition",
                                         [RETENTION_CONTRACT] = "contract",
                                         [RETENTION_AGE] = "age",
                                         [RETENTION_AUDIT_TEXT] = "audit_text"};

struct ids {
    const int64_t *v;
    size_t n;
};
struct wish {
    struct arena *arena;
    int64_t kept_days, text_days, now_ms;
    struct ids exhibitions, contracts;
};

static struct ids read_ids(struct json_in *in, struct arena *a, const char *field) {
    size_t n = json_array(in, field, 0, EXHIBITIONS_MAX, JSON_REQUIRED);
    int64_t *v = arena_alloc(a, (n + 1) * sizeof *v);
    if (v == NULL) return (struct ids){NULL, 0};
    for (size_t i = 0; i < n; i++) v[i] = json_item_int(in, field, i, 1, INT32_MAX);
    return (struct ids){v, n};
}

static void read_wish(struct json_in *in, struct wish *x) {
    x->kept_days = json_int(in, "kept_days", 1, DAYS_MAX, JSON_REQUIRED);
    x->text_days = json_int(in, "text_days", 1, DAYS_MAX, JSON_REQUIRED);
    x->now_ms = json_int(in, "now_ms", 1, INT64_MAX, JSON_REQUIRED);
    x->exhibitions = read_ids(in, x->arena, "exhibitions");
    x->contracts = read_ids(in, x->arena, "contracts");
    json_end(in);
}

static struct retention_walk walk_of(const struct retention_rule *rule, const struct wish *x) {
    struct retention_walk walk = {.rule = rule->what, .again_days = x->kept_days};
    const struct ids *due = rule->when == RETENTION_EXHIBITION ? &x->exhibitions
                            : rule->when == RETENTION_CONTRACT ? &x->contracts
                                                               : NULL;
    if (due != NULL) {
        walk.exhibitions = due->v;
        walk.n_exhibitions = due->n;
    } else {
        walk.before_ms = x->now_ms - DAY_MS * (rule->when == RETENTION_AGE ? x->kept_days : x->text_days);
    }
    return walk;
}

/* One page of one rule, in a transaction of its own. *looked < limit: that was the end of its walk. */
static enum db_rc walk_on(struct db *db, struct arena *a, const struct retention_rule *rule, const struct wish *x,
                          int64_t limit, int64_t *looked, int64_t *erased) {
    struct retention_walk walk = walk_of(rule, x);
    bool under_way;
    *looked = *erased = 0;
    if (walk.before_ms == 0 && walk.n_exhibitions == 0) return DB_OK;
    enum db_rc rc = db_begin(db);
    if (rc == DB_OK) rc = retention_store_begin(db, a, &walk, &under_way);
    if (rc == DB_OK && under_way) rc = retention_store_page(db, a, &rule->stmt, &walk, limit, looked, erased);
    if (rc == DB_OK && under_way) rc = retention_store_move(db, a, &walk, *looked < limit);
    if (rc == DB_OK) rc = db_commit(db);
    if (rc != DB_OK) db_rollback(db);
    return rc;
}

enum status retention_step(struct worker *w, struct bus_req *req, const struct retention_rule *rules, size_t n,
                           struct strbuf *out) {
    const struct json_limits limits = {.values = 3 * EXHIBITIONS_MAX, .members = 64};
    struct wish x = {.arena = req->arena};
    struct json_faults faults = {.n = 0};
    struct json_in in;
    enum status st = json_open_within(&in, req->arena, &faults, req->head.body, req->head.body_len, &limits);
    if (st == ST_OK) read_wish(&in, &x);
    if (st == ST_VALIDATION_FAILED || faults.n > 0) return body_refuse_all(req, &faults, out);
    if (st != ST_OK) return st;

    struct json_out o = {.b = out};
    int64_t left = ROWS_PER_STEP;
    json_obj(&o, NULL);
    json_arr(&o, "erased");
    for (size_t i = 0; i < n && left > 0; i++) {
        int64_t looked, erased;
        enum db_rc rc = walk_on(w->db, req->arena, &rules[i], &x, left, &looked, &erased);
        if (rc != DB_OK) {
            out->len = 0;
            out->data[0] = '\0';
            return effect_status(rc);
        }
        left -= looked;
        if (erased == 0) continue;
        json_obj(&o, NULL);
        json_put_text(&o, "what", rules[i].what);
        json_put_int(&o, "rows", erased);
        json_put_text(&o, "rule", rule_names[rules[i].when]);
        json_obj_end(&o);
    }
    json_arr_end(&o);
    json_put_bool(&o, "more", left == 0);
    json_obj_end(&o);
    return ST_OK;
}

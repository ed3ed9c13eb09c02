#include <stdlib.h>
#include <string.h>
#include "common/arena.h"
#include "common/body.h"
#include "common/effect.h"
#include "common/json.h"
#include "op_staff.h"
#include "saga.h"
#include "scope.h"
#include "stuck_store.h"

enum { PAGE_DEFAULT = 100, PAGE_MAX = 200 };

/* Of rows that have ended: what only a person can do. */
static const struct {
    const char *state;
    const char *next[2];
} ends[] = {
    {"rejected",
     {"결제사가 거절했습니다: 결제사 콘솔에서 확인하고 구매자에게 알려 주십시오",
      "the provider refused: look at its console and tell the buyer"}},
    {"done",
     {"결제사 콘솔에서 일부가 취소되었습니다: 어느 표인지 확인해 취소하십시오",
      "a part was cancelled in the provider's console: find out for which tickets and cancel them"}},
};

static const char *next_step(const struct stuck_row *r, enum lang lang) {
    enum saga_kind kind = strcmp(r->saga, saga_kind_name(SAGA_ATTEMPT)) == 0 ? SAGA_ATTEMPT : SAGA_REFUND;
    const struct saga_step *step = saga_step_of(kind, r->state);
    if (step != NULL) return step->next[lang];
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (strcmp(ends[i].state, r->state) == 0) return ends[i].next[lang];
    return NULL;
}

/* A number of the query. False: none. */
static bool take_number(const char **at, int64_t *v) {
    size_t len = strspn(*at, "0123456789");
    if (len == 0 || len > 18) return false;
    *v = strtoll(*at, NULL, 10);
    *at += len;
    return true;
}

/* "<microseconds>.<saga>.<id>" of the last row. */
static bool read_cursor(struct bus_req *req, struct stuck_page *page) {
    const char *at = bus_param_text(req, "cursor");
    page->saga = "";
    if (at == NULL) return true;
    if (!take_number(&at, &page->since_us) || *at++ != '.') return false;
    size_t len = strcspn(at, ".");
    page->saga = arena_strndup(req->arena, at, len);
    at += len;
    return page->saga != NULL && *at++ == '.' && take_number(&at, &page->id) && *at == '\0';
}

static void write_row(struct json_out *json, const struct stuck_row *r, enum lang lang) {
    json_obj(json, NULL);
    json_put_text(json, "kind", *r->kind != '\0' ? r->kind : r->saga);
    json_put_text(json, strcmp(r->saga, "refund") == 0 ? "refund_id" : "attempt_id", r->entity);
    json_put_text(json, "order_number", r->order_number);
    json_put_int(json, "exhibition_id", r->exhibition_id);
    json_put_text(json, "state", r->state);
    json_put_time(json, "since", r->since_us / 1000);
    json_put_int(json, "tries", r->tries);
    json_put_text(json, "last_error", r->failure_code);
    json_put_text(json, "next_step", next_step(r, lang));
    json_put_time(json, "next_at", r->due_ms);
    json_put_int(json, "amount", r->amount);
    json_obj_end(json);
}

static void write_page(struct bus_req *req, const struct stuck_row *rows, size_t n, int64_t limit, struct strbuf *out) {
    struct json_out json = {.b = out};
    json_obj(&json, NULL);
    json_arr(&json, "stuck");
    for (size_t i = 0; i < n; i++) write_row(&json, &rows[i], req->head.lang);
    json_arr_end(&json);
    if ((int64_t)n == limit)
        json_put_text(&json, "next_cursor",
                      arena_printf(req->arena, "%lld.%s.%lld", (long long)rows[n - 1].since_us, rows[n - 1].saga,
                                   (long long)rows[n - 1].id));
    else
        json_put_null(&json, "next_cursor");
    json_obj_end(&json);
}

enum status op_stuck(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct stuck_page page = {.everything = scope_is_everything(req)};
    struct exhibition_hint *hints;
    struct stuck_row *rows;
    size_t n = 0;
    if (!read_cursor(req, &page)) return body_refuse(req, "cursor", BAD_FORMAT, out);
    if (!bus_param_int(req, "limit", 1, PAGE_MAX, PAGE_DEFAULT, &page.limit))
        return body_refuse(req, "limit", BAD_RANGE, out);
    if (!page.everything) {
        enum db_rc rc = stuck_store_exhibitions(w->db, req->arena, &hints, &n);
        if (rc != DB_OK) return effect_status(rc);
        enum status st = scope_filter(w, req, hints, n, &page.exhibitions, &page.n_exhibitions);
        if (st != ST_OK) return st;
    }
    enum db_rc rc = stuck_store_list(w->db, req->arena, &page, &rows, &n);
    if (rc != DB_OK) return effect_status(rc);
    write_page(req, rows, n, page.limit, out);
    return ST_OK;
}

#include "op_payment.h"
#include <string.h>
#include "common/arena.h"
#include "common/body.h"
#include "booking.h"
#include "common/effect.h"
#include "payment_step.h"

#define REFUSAL_MAX 8192
#define MAX_PAGE 500

/* ---- attempts ---- */

static const struct step_op {
    const char *name;
    unsigned required, optional; /* fields of its body */
} step_ops[] = {
    {"begin_payment", PF_ATTEMPT | PF_ORDER | PF_AMOUNT, 0},
    {"mark_paid", PF_ATTEMPT | PF_AMOUNT, PF_ORDER | PF_METHOD | PF_KEY},
    {"await_deposit", PF_ATTEMPT, PF_DUE | PF_METHOD | PF_KEY | PF_REVERSES},
    {"payment_failed", PF_ATTEMPT | PF_REASON, PF_CANCELLED},
};

static const struct step_op *find_step(const char *name) {
    const struct step_op *op = step_ops;
    while (strcmp(op->name, name) != 0) op++; /* every op of this handler has its row */
    return op;
}

static void refuse(struct bus_req *req, enum status st, const struct json_faults *faults) {
    struct strbuf out;
    strbuf_init(&out, req->arena, REFUSAL_MAX);
    if (st == ST_VALIDATION_FAILED) json_faults_write(faults, req->head.lang, &out);
    bus_reply(req, st, out.data, strbuf_ok(&out) ? out.len : 0, st == ST_BUSY ? 1 : 0);
}

void op_payment_step(struct worker *w, struct bus_req **reqs, size_t n) {
    struct booking *b = w->state;
    struct commit_item *item[BUS_MAX_BATCH];
    const struct step_op *op = find_step(reqs[0]->op->name);
    size_t left = 0;
    for (size_t i = 0; i < n; i++) {
        struct json_faults faults = {.n = 0};
        struct payment_step *step = arena_alloc(reqs[i]->arena, sizeof *step);
        enum status st = step == NULL ? ST_BUSY
                                      : payment_input_parse(reqs[i]->arena, reqs[i]->head.body, reqs[i]->head.body_len,
                                                            op->required, op->optional, &step->input, &faults);
        if (st != ST_OK) {
            refuse(reqs[i], st, &faults);
            continue;
        }
        step->op = op->name;
        step->item.req = reqs[i];
        item[left++] = &step->item;
    }
    if (left > 0) committer_submit(b->payments, item, left);
}

/* ---- reading ---- */

static void write_order(struct strbuf *out, const struct payment_order *o) {
    struct json_out json = {.b = out};
    json_obj(&json, NULL);
    json_put_int(&json, "order_id", o->id);
    json_put_text(&json, "order_number", o->number);
    json_put_int(&json, "exhibition_id", o->exhibition_id);
    json_put_text(&json, "exhibition_code", o->exhibition_code);
    json_put_text(&json, "status", o->status);
    json_put_text(&json, "payment_status", o->payment_status);
    json_put_int(&json, "total_amount", o->total_amount);
    json_put_time(&json, "expires_at", o->expires_ms);
    json_put_time(&json, "created_at", o->created_ms);
    json_put_int(&json, "deposit_hours", o->deposit_hours);
    json_put_text(&json, "customer_name", o->name);
    json_put_text(&json, "customer_phone", o->phone);
    json_put_text(&json, "customer_email", o->email);
    json_put_int(&json, "token_version", o->token_version);
    json_put_text(&json, "order_name", o->order_name);
    json_put_raw(&json, "refund_policy", o->refund_policy);
    json_put_text(&json, "visit_day", o->visit_day);
    json_put_raw(&json, "tickets", o->tickets);
    json_obj_end(&json);
}

enum status op_payment_order(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct payment_input in;
    struct payment_order *order;
    enum status st = payment_input_read(req, 0, PF_ORDER | PF_ORDER_ID, &in, out);
    if (st != ST_OK) return st;
    if ((in.order_number == NULL) == (in.order_id == 0)) return ST_BAD_REQUEST;
    enum db_rc rc = payment_store_order(w->db, req->arena, in.order_number, in.order_id, &order);
    if (rc != DB_OK) return effect_status(rc);
    if (order == NULL) return ST_NOT_FOUND;
    write_order(out, order);
    return ST_OK;
}

struct page {
    int64_t older, after, limit;
};

static void read_page(struct json_in *in, void *arg) {
    struct page *page = arg;
    page->older = json_int(in, "older_than_seconds", 0, 86400 * 365, JSON_OPTIONAL);
    page->after = json_int(in, "after", 0, INT64_C(1) << 53, JSON_OPTIONAL);
    page->limit = json_int(in, "limit", 1, MAX_PAGE, JSON_OPTIONAL);
}

enum status op_list_paying(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct page page = {.limit = 0};
    struct paying_row *rows = NULL;
    size_t n = 0;
    enum status st = body_read(req, true, read_page, &page, out);
    if (st != ST_OK) return st;
    int64_t limit = page.limit == 0 ? MAX_PAGE : page.limit;
    enum db_rc rc = payment_store_list(w->db, req->arena, page.older, page.after, limit, &rows, &n);
    if (rc != DB_OK) return effect_status(rc);
    struct json_out json = {.b = out};
    json_obj(&json, NULL);
    json_arr(&json, "orders");
    for (size_t i = 0; i < n; i++) {
        json_obj(&json, NULL);
        json_put_text(&json, "order_number", rows[i].order_number);
        json_put_text(&json, "status", rows[i].status);
        json_put_text(&json, "attempt_id", rows[i].attempt_id);
        json_put_int(&json, "amount", rows[i].amount);
        json_put_time(&json, "begun_at", rows[i].begun_ms);
        json_obj_end(&json);
    }
    json_arr_end(&json);
    json_put_id(&json, "next_after", n == (size_t)limit ? rows[n - 1].id : 0);
    json_obj_end(&json);
    return ST_OK;
}

/* ---- health ---- */

enum status op_payment_health(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct payment_input in;
    enum status st = payment_input_read(req, PF_UP, 0, &in, out);
    if (st != ST_OK) return st;
    enum db_rc rc = payment_store_report(w->db, req->arena, in.up);
    strbuf_puts(out, "{}");
    return rc == DB_OK ? ST_OK : effect_status(rc);
}

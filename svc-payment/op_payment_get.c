#include "op_payment_get.h"
#include <string.h>
#include "answers.h"
#include "attempt_store.h"
#include "booking.h"
#include "common/effect.h"
#include "common/json.h"
#include "payment.h"
#include "refund_list_store.h"

/* What a buyer sees of a refund's states. NULL: nothing came of it. */
static const char *cancel_status(const char *state) {
    static const char *const words[][2] = {
        {"done", "done"}, {"rejected", "rejected"}, {"needs_account", "needs_account"}, {"dropped", NULL}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i][0], state) == 0) return words[i][1];
    return "refunding";
}

/* Booking leaves a lapsed order as it is until its late payment has come; to its buyer it is being paid. */
static const char *status_now(const struct order_info *o, const struct attempt *at) {
    static const char *const under_way[] = {"beginning", "sent", "captured"};
    bool open = strcmp(o->payment_status, "pending") == 0 || strcmp(o->payment_status, "failed") == 0;
    for (size_t i = 0; at != NULL && open && i < sizeof under_way / sizeof *under_way; i++)
        if (attempt_is(at, under_way[i])) return "paying";
    return o->payment_status;
}

static void put_cancels(struct json_out *json, struct refund *const *refunds, size_t n) {
    json_arr(json, "cancels");
    for (size_t i = 0; i < n; i++) {
        const struct refund *r = refunds[i];
        const char *status = cancel_status(r->saga.state);
        if (status == NULL) continue;
        json_obj(json, NULL);
        json_put_text(json, "refund_id", r->refund_id);
        json_put_text(json, "status", status);
        json_put_int(json, "amount", r->amount);
        json_put_int(json, "fee", r->fee);
        json_put_text(json, "reason", r->reason);
        json_put_time(json, "created_at", r->created_ms);
        json_put_time(json, "done_at", r->done_ms);
        json_obj_end(json);
    }
    json_arr_end(json);
}

enum status op_payment_get(struct worker *w, struct bus_req *req, struct strbuf *out) {
    const char *number = bus_param(req, "order_number");
    struct order_info o;
    struct attempt *at = NULL;
    struct refund **refunds = NULL;
    size_t n = 0;
    if (number == NULL) return ST_NOT_FOUND;
    enum status st = booking_order(w->state, req->arena, number, 0, &o);
    if (st != ST_OK) return st;
    if (req->head.token < TOKEN_VIEW || req->head.token_version != o.token_version) return ST_TOKEN_REQUIRED;
    enum db_rc rc = attempt_store_of_order(w->db, req->arena, number, &at);
    if (rc == DB_OK) rc = refund_list_store_of_order(w->db, req->arena, number, &refunds, &n);
    if (rc != DB_OK) return effect_status(rc);
    struct json_out json = {.b = out};
    json_obj(&json, NULL);
    json_put_text(&json, "payment_status", status_now(&o, at));
    json_put_text(&json, "method", at != NULL ? at->method : NULL);
    json_put_int(&json, "amount", o.total_amount);
    if (at != NULL)
        answer_put_account(&json, at);
    else
        json_put_null(&json, "virtual_account");
    put_cancels(&json, refunds, n);
    json_obj_end(&json);
    return ST_OK;
}

#include <stdlib.h>
#include <string.h>
#include "common/arena.h"
#include "common/body.h"
#include "common/effect.h"
#include "common/json.h"
#include "give_back.h"
#include "op_refund.h"
#include "refund_store.h"

#define TICKET_DIGITS 15

/* "11,12": none twice. False: no such list. */
static bool read_tickets(struct arena *a, const char *text, struct give_back *g) {
    int64_t *ids = arena_alloc(a, GIVE_BACK_MAX_TICKETS * sizeof *ids);
    size_t n = 0;
    if (ids == NULL) return false;
    for (const char *at = text;; at++) {
        size_t len = strspn(at, "0123456789");
        if (len == 0 || len > TICKET_DIGITS || n == GIVE_BACK_MAX_TICKETS) return false;
        ids[n] = strtoll(at, NULL, 10);
        for (size_t i = 0; i < n; i++)
            if (ids[i] == ids[n]) return false;
        n++;
        at += len;
        if (*at == '\0') break;
        if (*at != ',') return false;
    }
    g->tickets = ids;
    g->n_tickets = n;
    return true;
}

static void write_quote(struct bus_req *req, const struct quote *q, struct strbuf *out) {
    struct json_out json = {.b = out};
    json_obj(&json, NULL);
    json_put_text(&json, "quote_id", q->id);
    json_put_int(&json, "refund_amount", q->amount);
    json_put_int(&json, "fee", q->fee);
    json_put_raw(&json, "policy_step", quote_step_json(req->arena, q));
    json_put_ints(&json, "tickets", q->tickets, q->n);
    json_obj_end(&json);
}

enum status op_refund_quote(struct worker *w, struct bus_req *req, struct strbuf *out) {
    const char *number = bus_param(req, "order_number"), *tickets = bus_param(req, "tickets");
    struct give_back g = {.kind = "buyer"};
    struct order_info o;
    struct order_money money;
    struct quote q;
    if (number == NULL) return ST_NOT_FOUND;
    if (tickets != NULL && *tickets != '\0' && !read_tickets(req->arena, tickets, &g))
        return body_refuse(req, "tickets", BAD_FORMAT, out);
    enum status st = booking_order(w->state, req->arena, number, 0, &o);
    if (st != ST_OK) return st;
    if (!give_back_allowed(req, &o)) return ST_TOKEN_REQUIRED;
    enum db_rc rc = refund_store_money(w->db, req->arena, number, &money);
    if (rc != DB_OK) return effect_status(rc);
    st = give_back_quote(req, &o, &g, &money, &q, out);
    if (st == ST_OK) write_quote(req, &q, out);
    return st;
}

#include "quote.h"
#include <string.h>
#include "common/arena.h"
#include "common/crypto.h"
#include "common/json.h"
#include "common/strbuf.h"

#define ID_BYTES 12 /* base64url makes QUOTE_ID_LEN of them */

static bool is_named(const struct quote_wish *w, int64_t id) {
    for (size_t i = 0; i < w->n; i++)
        if (w->tickets[i] == id) return true;
    return false;
}

struct choice { /* of tickets, while they are looked through */
    int64_t *tickets, *entered;
    size_t n, n_entered, n_known;
    int64_t price;
    bool refused;
};

static void consider(struct choice *c, const struct ticket_row *t, bool named) {
    if (strcmp(t->status, "valid") == 0) {
        c->tickets[c->n++] = t->id;
        c->price += t->price;
    } else if (strcmp(t->status, "entered") == 0) {
        c->entered[c->n_entered++] = t->id;
    } else if (named || strcmp(t->status, "suspended") == 0) {
        c->refused = true; /* else it is void already, or about to be: not among what is left */
    }
}

static enum status choose(struct arena *a, const struct order_info *o, const struct quote_wish *w, struct choice *c) {
    *c = (struct choice){.tickets = arena_alloc(a, (o->n_tickets + 1) * sizeof *c->tickets),
                         .entered = arena_alloc(a, (o->n_tickets + 1) * sizeof *c->entered)};
    if (c->tickets == NULL || c->entered == NULL) return ST_BUSY;
    for (size_t i = 0; i < o->n_tickets; i++) {
        bool named = is_named(w, o->tickets[i].id);
        c->n_known += named;
        if (named || w->n == 0) consider(c, &o->tickets[i], named);
    }
    if (c->n_known < w->n) return ST_VALIDATION_FAILED;
    return c->refused || c->n_entered > 0 || c->n == 0 ? ST_INVALID_STATE : ST_OK;
}

/* The step that counts; none and ST_OK: for nothing. */
static enum status find_step(struct arena *a, const struct order_info *o, const struct quote_wish *w, int32_t today,
                             struct quote *q) {
    struct policy p;
    if (w->waive_fee) return ST_OK;
    q->policy_broken = !policy_read(a, o->refund_policy, &p);
    if (q->policy_broken) return ST_REFUND_CLOSED;
    const struct policy_step *s = policy_step_at(&p, o->visit_day - today);
    if (s == NULL && w->staff) s = policy_last_step(&p);
    if (s == NULL) return p.n == 0 ? ST_OK : ST_REFUND_CLOSED;
    q->by_step = true;
    q->step = *s;
    return ST_OK;
}

static int64_t fee_of(const struct order_info *o, const struct quote *q) {
    int64_t fee = 0;
    const struct quote_wish chosen = {.tickets = q->tickets, .n = q->n};
    for (size_t i = 0; q->by_step && i < o->n_tickets; i++)
        if (is_named(&chosen, o->tickets[i].id)) fee += policy_fee(&q->step, o->tickets[i].price);
    return fee;
}

static bool make_id(struct arena *a, const struct order_info *o, struct quote *q) {
    struct strbuf b;
    uint8_t hash[SHA256_LEN];
    strbuf_init(&b, a, 64 * 1024);
    strbuf_printf(&b, "%s|%lld|%lld|%s|", o->order_number, (long long)q->amount, (long long)q->fee,
                  quote_step_json(a, q));
    for (size_t i = 0; i < q->n; i++) strbuf_printf(&b, "%lld,", (long long)q->tickets[i]);
    if (!strbuf_ok(&b)) return false;
    sha256(&(struct slice){b.data, b.len}, 1, hash);
    base64url_encode(hash, ID_BYTES, q->id);
    return true;
}

static int64_t at_most(int64_t v, int64_t max) { return v < max ? v : max < 0 ? 0 : max; }

enum status quote_make(struct arena *a, const struct order_info *o, const struct quote_wish *w, int32_t today,
                       struct quote *q) {
    struct choice c;
    *q = (struct quote){.n = 0};
    if (strcmp(o->status, "paid") != 0 && strcmp(o->status, "partially_cancelled") != 0) return ST_INVALID_STATE;
    enum status st = choose(a, o, w, &c);
    q->entered = c.entered;
    q->n_entered = c.n_entered;
    if (st != ST_OK) return st;
    q->tickets = c.tickets;
    q->n = c.n;
    st = find_step(a, o, w, today, q);
    if (st != ST_OK) return st;
    int64_t fee = fee_of(o, q);
    q->amount = at_most(c.price - fee, w->sales);
    q->fee = at_most(fee, w->sales - q->amount);
    return make_id(a, o, q) ? ST_OK : ST_BUSY;
}

void quote_without(struct order_info *o, const int64_t *tickets, size_t n) {
    const struct quote_wish given = {.tickets = tickets, .n = n};
    for (size_t i = 0; i < o->n_tickets; i++)
        if (is_named(&given, o->tickets[i].id)) o->tickets[i].status = "void";
}

const char *quote_step_json(struct arena *a, const struct quote *q) {
    if (!q->by_step) return "null";
    const char *json =
        arena_printf(a, "{\"days_before\":%d,\"fee_percent\":%d}", (int)q->step.days_before, (int)q->step.fee_percent);
    return json != NULL ? json : "null";
}

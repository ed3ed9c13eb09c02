#include "op_confirm.h"
#include <string.h>
#include "answers.h"
#include "attempt.h"
#include "attempt_store.h"
#include "booking.h"
#include "common/body.h"
#include "common/effect.h"
#include "common/fault.h"
#include "common/json.h"
#include "common/timeutil.h"
#include "config.h"
#include "journal.h"
#include "payment.h"
#include "waiters.h"

#define AMOUNT_MAX (INT64_C(1) << 53)
#define TRIES 3

struct confirm { /* what the buyer brings */
    const char *payment_key, *order_id;
    int64_t amount;
};

static void read_confirm(struct json_in *in, void *arg) {
    struct confirm *c = arg;
    c->payment_key = json_text(in, "payment_key", 1, 200, JSON_REQUIRED);
    c->order_id = json_text(in, "order_id", 1, 64, JSON_REQUIRED);
    c->amount = json_int(in, "amount", 0, AMOUNT_MAX, JSON_REQUIRED);
}

/* Where the page opened the window, nobody has told us the key yet: the first one that comes with our order id and the right
 * amount is bound. Whether it is any good, the provider says. */
static bool is_pair(const struct payment *p, const struct attempt *at, const struct confirm *c) {
    if (at == NULL || at->amount == 0) return false;
    if (at->payment_key == NULL) return p->config->open_in_browser && attempt_is(at, "ready");
    return strcmp(at->payment_key, c->payment_key) == 0;
}

static enum status find(struct worker *w, struct bus_req *req, const struct confirm *c, struct attempt **at) {
    enum db_rc rc = attempt_store_find(w->db, req->arena, c->order_id, at);
    if (rc != DB_OK) return effect_status(rc);
    if (!is_pair(w->state, *at, c)) return ST_NOT_FOUND;
    return (*at)->amount == c->amount ? ST_OK : ST_AMOUNT_MISMATCH;
}

/* The attempt begins, and is ours to drive. */
static enum saved begin(struct payment *p, struct bus_req *req, struct attempt *at, const struct confirm *c) {
    const struct saga_move move = {.to = "beginning"};
    at->payment_key = c->payment_key;
    at->saga.lease_until_ms = req->head.deadline_ms;
    return journal_save(p->journal, &at->saga, &move);
}

static bool is_ready(const struct attempt *at) { return attempt_settled(at); }
static const struct waiter_kind waiting = {is_ready, answer_confirm};

static enum status park(struct payment *p, struct bus_req *req, const struct attempt *at, bool ours) {
    int64_t now = time_now_ms(), left = bus_left_ms(req) - ANSWER_MS;
    int64_t wait = left < p->config->confirm_wait_ms ? left : p->config->confirm_wait_ms;
    req->mine = (void *)(uintptr_t)at->order_number; /* for a 202 */
    if (!waiters_add(p->waiters, at->saga.id, &waiting, req, ours, now, now + wait)) return ST_BUSY;
    /* from here on the request may be gone */
    if (ours) saga_submit(p->engine, &at->saga);
    return ST_PARKED;
}

static enum status tell_again(struct payment *p, struct bus_req *req, const struct attempt *at) {
    struct order_info o;
    enum status st = booking_order(p, req->arena, at->order_number, 0, &o);
    if (st != ST_OK) return st;
    answer_confirm_again(p, req, at, &o);
    return ST_PARKED;
}

enum status op_confirm(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct payment *p = w->state;
    struct confirm c = {.amount = 0};
    struct attempt *at = NULL;
    enum status st = body_read(req, false, read_confirm, &c, out);
    for (int i = 0; st == ST_OK && i < TRIES; i++) {
        st = find(w, req, &c, &at);
        if (st != ST_OK) break;
        if (attempt_settled(at)) return tell_again(p, req, at);
        if (!attempt_is(at, "ready")) return park(p, req, at, false);
        enum saved saved = begin(p, req, at, &c);
        if (saved == SAVED) {
            fault_hit("payment.confirm.moved");
            return park(p, req, at, true);
        }
        if (saved == SAVE_IN_THE_WAY) return ST_NOT_FOUND; /* the key is another attempt's */
        if (saved != SAVED_BY_OTHERS) return ST_BUSY;
    }
    return st == ST_OK ? ST_BUSY : st;
}

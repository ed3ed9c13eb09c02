/* The last step: the money is back, everybody else is told. */
#include <string.h>
#include "attempt_store.h"
#include "booking.h"
#include "common/arena.h"
#include "common/timeutil.h"
#include "entrance.h"
#include "journal.h"
#include "payment.h"
#include "steps_common.h"
#include "steps_refund.h"

#define SAVE_MS 5000 /* the attempt is saved within */

static bool is_live(const struct ticket_row *t) { return strcmp(t->status, "void") != 0; }

static bool is_given_back(const struct refund *r, int64_t ticket) {
    for (size_t i = 0; i < r->n_tickets; i++)
        if (r->tickets[i] == ticket) return true;
    return false;
}

static void end(struct refund *r, enum status st, struct saga_move *m) {
    if (is_later(st))
        saga_later(&r->saga, m);
    else if (st == ST_OK)
        saga_rest(m, "done");
    else
        refund_stuck(r, m, status_code(st), "booking does not take tickets back whose money is back");
}

/* Buyer's and staff's: the places are free. */
static void release(struct payment *p, struct arena *a, struct refund *r, struct saga_move *m) {
    struct order_info o;
    struct attempt *at = refund_payment(p, a, r, m);
    if (at == NULL) return;
    enum status st = booking_order(p, a, r->order_number, 0, &o);
    bool whole = true;
    for (size_t i = 0; st == ST_OK && i < o.n_tickets; i++)
        whole = whole && (!is_live(&o.tickets[i]) || is_given_back(r, o.tickets[i].id));
    end(r, st == ST_OK ? booking_release(p, a, r, at, whole) : st, m);
}

/* Money that its order could not have. */
static void settle(struct payment *p, struct arena *a, struct refund *r, struct saga_move *m) {
    struct attempt *at = refund_payment(p, a, r, m);
    if (at == NULL) return;
    if (at->balance > 0) { /* a part of it: the rest follows */
        saga_rest(m, "done");
        return;
    }
    enum status st = booking_refund_settled(p, a, at);
    if (st != ST_OK && st != ST_NOT_FOUND) {
        end(r, st, m);
        return;
    }
    if (strcmp(at->saga.state, "returning") == 0) {
        const struct saga_move returned = {.to = "returned", .rest = true};
        at->saga.lease_until_ms = time_now_ms() + SAVE_MS;
        if (journal_save(p->journal, &at->saga, &returned) != SAVED) {
            saga_later(&r->saga, m);
            return;
        }
    }
    saga_rest(m, "done");
}

/* Tickets of an order whose money is all gone. All are wished for, so that the wish is the same whenever it is made again. */
static enum status take_all(struct payment *p, struct arena *a, const struct order_info *o, const struct attempt *at,
                            struct refund *r) {
    int64_t *tickets = arena_alloc(a, (o->n_tickets + 1) * sizeof *tickets);
    bool live = false;
    if (tickets == NULL) return ST_BUSY;
    for (size_t i = 0; i < o->n_tickets; i++) {
        tickets[i] = o->tickets[i].id;
        live = live || is_live(&o->tickets[i]);
    }
    if (!live) return ST_OK;
    r->tickets = tickets;
    r->n_tickets = o->n_tickets;
    enum status st = entrance_void(p, a, r, true);
    if (st == ST_OK) st = booking_void(p, a, r);
    return st == ST_OK ? booking_release(p, a, r, at, true) : st;
}

/* Somebody cancelled in the provider's console. With all the money gone the tickets are void, but for people who are inside. For which
 * tickets a part of it was, nobody has told us: the list of stuck payments names it. */
static void follow_external(struct payment *p, struct arena *a, struct refund *r, struct saga_move *m) {
    struct order_info o;
    struct attempt *at = refund_payment(p, a, r, m);
    if (at == NULL) return;
    if (at->balance > 0) {
        saga_rest(m, "done");
        return;
    }
    enum status st = booking_order(p, a, r->order_number, 0, &o);
    end(r, st == ST_OK ? take_all(p, a, &o, at, r) : st, m);
}

void step_refunded(struct payment *p, struct arena *a, struct saga *row, struct saga_move *m) {
    static const struct {
        const char *kind;
        void (*follow)(struct payment *p, struct arena *a, struct refund *r, struct saga_move *m);
    } kinds[] = {{"buyer", release}, {"staff", release}, {"return", settle}, {"external", follow_external}};
    struct refund *r = refund_of(row);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].kind, r->kind) == 0) kinds[i].follow(p, a, r, m);
}

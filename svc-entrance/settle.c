#include "settle.h"
#include <stdlib.h>
#include <string.h>

static int by_time(const void *a, const void *b) {
    const struct gate_claim *x = a, *y = b;
    if (x->scanned_ms != y->scanned_ms) return x->scanned_ms < y->scanned_ms ? -1 : 1;
    int who = strcmp(x->scanner, y->scanner);
    return who != 0 ? who : strcmp(x->scan_id, y->scan_id);
}

/* Somebody who went in before their ticket was voided is inside all the same. */
static bool is_there(const struct gate_ticket *t) { return !t->gone || t->stored_ms != 0; }
static bool is_free(const struct gate_ticket *t) { return is_there(t) && t->entered_ms == 0; }

static bool is_named(const struct gate_order *o, const struct gate_ticket *t) {
    for (size_t i = 0; i < o->n_claims; i++)
        if (o->claims[i].ticket_id == t->id) return true;
    return false;
}

static void enter(struct gate_ticket *t, const struct gate_claim *c) {
    t->entered_ms = c->scanned_ms;
    t->entered_by = c->id;
    t->by_group = c->ticket_id == 0;
}

static const char *take_own(struct gate_order *o, const struct gate_claim *c, int32_t *admitted) {
    for (size_t i = 0; i < o->n_tickets; i++) {
        struct gate_ticket *t = &o->tickets[i];
        if (t->id != c->ticket_id) continue;
        if (!is_there(t)) return "cancelled";
        if (!is_free(t)) return "already_entered";
        enter(t, c);
        *admitted = 1;
        return NULL;
    }
    return "cancelled";
}

static void take_some(struct gate_order *o, const struct gate_claim *c, bool named, int32_t *admitted) {
    for (size_t i = 0; i < o->n_tickets && *admitted < c->count; i++) {
        struct gate_ticket *t = &o->tickets[i];
        if (!is_free(t) || is_named(o, t) != named) continue;
        enter(t, c);
        ++*admitted;
    }
}

static const char *take_group(struct gate_order *o, const struct gate_claim *c, int32_t *admitted) {
    bool anybody = false;
    for (size_t i = 0; i < o->n_tickets; i++) anybody |= is_there(&o->tickets[i]);
    take_some(o, c, false, admitted);
    take_some(o, c, true, admitted);
    if (*admitted == c->count) return NULL;
    return anybody ? "over_admitted" : "cancelled";
}

static bool same(const char *a, const char *b) { return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0); }

static void conclude(struct gate_order *o, struct gate_claim *c, int32_t admitted, const char *conflict) {
    if (conflict == NULL) conflict = c->breaks;
    if (admitted == c->admitted && same(conflict, c->conflict)) return;
    c->admitted = admitted;
    c->conflict = conflict;
    c->changed = true;
    o->changed = true;
}

void settle(struct gate_order *o) {
    if (o->n_claims > 0) qsort(o->claims, o->n_claims, sizeof *o->claims, by_time);
    for (size_t i = 0; i < o->n_tickets; i++) {
        struct gate_ticket *t = &o->tickets[i];
        t->entered_ms = t->entered_by = 0;
        t->by_group = false;
    }
    for (size_t i = 0; i < o->n_claims; i++) {
        struct gate_claim *c = &o->claims[i];
        int32_t admitted = 0;
        const char *conflict = c->ticket_id != 0 ? take_own(o, c, &admitted) : take_group(o, c, &admitted);
        conclude(o, c, admitted, conflict);
    }
    for (size_t i = 0; i < o->n_tickets; i++) {
        const struct gate_ticket *t = &o->tickets[i];
        if (t->entered_ms != t->stored_ms || t->entered_by != t->stored_by) o->changed = true;
    }
}

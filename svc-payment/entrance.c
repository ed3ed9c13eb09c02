#include "entrance.h"
#include "ask.h"
#include "common/arena.h"
#include "refund.h"

#define TICKETS_MAX 1000

static void begin(struct ask *ask, struct arena *a, const char *op, const struct refund *r) {
    ask_begin(ask, a, "entrance", op, "internal", r->refund_id);
    json_put_text(&ask->json, "refund_id", r->refund_id);
}

struct taken {
    int64_t *tickets;
    size_t n;
};

static void read_taken(struct json_in *in, void *arg) {
    struct taken *taken = arg;
    taken->n = json_array(in, "tickets", 0, TICKETS_MAX, JSON_REQUIRED);
    taken->tickets = arena_alloc(in->arena, (taken->n + 1) * sizeof *taken->tickets);
    for (size_t i = 0; taken->tickets != NULL && i < taken->n; i++)
        taken->tickets[i] = json_item_int(in, "tickets", i, 1, ASK_NUMBER_MAX);
}

enum status entrance_void(struct payment *p, struct arena *a, struct refund *r, bool not_entered) {
    struct ask ask;
    struct taken taken;
    begin(&ask, a, "void", r);
    json_put_text(&ask.json, "order_number", r->order_number);
    json_put_ints(&ask.json, "tickets", r->tickets, r->n_tickets);
    if (not_entered) json_put_bool(&ask.json, "not_entered", true);
    enum status st = ask_send(p, a, &ask, read_taken, &taken);
    if (st != ST_OK) return st;
    if (taken.tickets == NULL) return ST_BUSY;
    r->tickets = taken.tickets;
    r->n_tickets = taken.n;
    return ST_OK;
}

enum status entrance_unvoid(struct payment *p, struct arena *a, const struct refund *r) {
    struct ask ask;
    begin(&ask, a, "unvoid", r);
    return ask_send(p, a, &ask, NULL, NULL);
}
